// An attack is a file, test/attacks/SUBJECT/NAME.py:
//
//   #!python
//   # Asks the kernel to trace the process above it.   What it tries.
//   # Wall: the list of system calls                   What stops it.
//   # Expect: done                                     How the run ends, as the page says: done, failed, stopped or
//                                                      too-long.
//   # Output: ^ptrace: EPERM$                          A regular expression (POSIX, extended) that is found in the
//                                                      profile that the page shows. May be said several times.
//   # Denied: ptrace process_vm_readv=2                Exactly these calls are in the security log. `453|name`: by
//                                                      either name. `mount?`: it may be there or not.
//   raw("ptrace", 101, 0, 1, 0, 0)                     The program. test/attacks/kit.py is put above it.
//
// A program that succeeds prints the word BREACH. That fails the test wherever the word appears. More that may be said:
//
//   # Absent: <script              Is found nowhere on the page.
//   # Owner sees: MemoryError      Is found on the page of the owner's own program afterwards.
//   # Expect where int 0x80 is a fault: failed
//                                  How the run ends on a machine whose kernel has no gate for 32-bit programs. There
//                                  nothing is denied, and the owner sees "signal 11" (test/confinement/gate32.h).
//   # Owner: victim                Who saves the program; attacker if nothing is said. Members are made when they are
//                                  first named.
//   # Visitor: attacker            Who looks at it; visitor if nothing is said.
//   # Balance: attacker 10         What a member holds afterwards.
//   # Tried                        Nobody looks at it. Its owner tries it on the form.
//   # Meanwhile                    It goes on running while members look at the programs below it.
//
// A file with several programs, each beginning with a line `#!python`, is an attack in several steps. A later step
// looks for what an earlier one left.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "confinement/gate32.h"

namespace zoobar {

// A system call in the log.
struct Denial {
  std::vector<std::string> names;  // any of them: older releases of libseccomp know newer calls by number only
  int count = 0;                   // how often it was denied; 0 means at least once
  bool may_be = false;             // true: it may be in the log or not

  bool Is(const std::string& name, int times) const;
};

// One program of an attack, and the result that is expected of it.
struct Step {
  std::string source;  // as its owner saves it, with the kit below its first line
  std::string owner = "attacker", visitor = "visitor";
  std::string expect;                       // done, failed, stopped, too-long
  std::string expect_at_fault;              // the same, where int 0x80 is a fault; empty: no difference
  bool tried = false;                       // its owner tries it on the form, and nobody looks
  bool meanwhile = false;                   // it goes on running during the next steps
  std::vector<std::string> output, absent;  // regular expressions
  std::vector<std::string> owner_sees;      // the same, on the page of the owner's program
  std::vector<Denial> denied;
  std::vector<std::pair<std::string, long>> balances;
};

struct Attack {
  std::string path;        // "files/host_paths.py"
  std::string what, wall;  // what it tries, and what stops it
  std::vector<Step> steps;
  std::string mistake;  // what is wrong in the file; empty if nothing is
};

// The paths of all attacks below test/attacks/, and of those in one folder. Sorted.
std::vector<std::string> AllAttacks();
std::vector<std::string> AttacksIn(const std::string& folder);
Attack ReadAttack(const std::string& path);

// The step as it is expected on a machine with this gate for 32-bit programs. Where int 0x80 is a fault of the
// processor, a step that says so makes no call that could be denied, and its owner sees the signal.
Step On(Gate32 gate, Step step);

// Whether the regular expression (POSIX, extended; ^ and $ match at each line) is found in the text.
bool Finds(const std::string& expression, const std::string& text);

}  // namespace zoobar
