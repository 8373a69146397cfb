// An attack as its file tells it. The format is described at the top of attacks_test.cc.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "confinement/gate32.h"

namespace zoobar {

// A system call in the log, and how often it was denied; 0: at least once.
struct Denial {
  std::vector<std::string> names;  // the one or the other: libseccomp's older releases know newer calls by number alone
  int count = 0;
  bool may_be = false;  // it may be there or not

  bool Is(const std::string& name, int times) const;
};

// One program of an attack, and what must come of it.
struct Step {
  std::string source;  // as its owner saves it, the kit below its first line
  std::string owner = "attacker", visitor = "visitor";
  std::string expect;                       // done, failed, stopped, too-long
  std::string expect_at_fault;              // the same, where int 0x80 is a fault; empty: no different there
  bool tried = false;                       // by its owner, on the form; nobody looks
  bool meanwhile = false;                   // it goes on while the next steps are looked at
  std::vector<std::string> output, absent;  // regular expressions
  std::vector<std::string> owner_sees;      // the same, on the page of the owner's program
  std::vector<Denial> denied;
  std::vector<std::pair<std::string, long>> balances;
};

struct Attack {
  std::string path;        // "files/host_paths.py"
  std::string what, wall;  // what it tries; what stops it
  std::vector<Step> steps;
  std::string mistake;  // in the file; empty: none
};

// The paths of all attacks below test/attacks/, sorted; those of one folder.
std::vector<std::string> AllAttacks();
std::vector<std::string> AttacksIn(const std::string& folder);
Attack ReadAttack(const std::string& path);

// What must come of the step on a machine with this gate for 32-bit programs. Where int 0x80 is a fault of the
// processor, a step that says so makes no call that could be denied, and its owner sees the signal.
Step On(Gate32 gate, Step step);

// Whether the regular expression (POSIX, extended; ^ and $ are a line's) is found in the text.
bool Finds(const std::string& expression, const std::string& text);

}  // namespace zoobar
