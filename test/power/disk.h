// What a disk may hold after the power went.
//
// What was flushed is there: the content of a file after fsync or fdatasync of that file, a write through a descriptor with
// O_DSYNC, a name after fsync of its folder. Flushing a file does not flush its name, which is what POSIX promises; some
// file systems do more. Of the rest anything may be missing:
//
// - A write is there or not, whatever was written after it. It may be torn: some of its sectors of 512 bytes are there. It
//   may have made its file longer without being there; then there are zeros.
// - Changes of names keep their order, because file systems keep a journal of them: if one is missing, all later ones are.
//   A rename is there or not.
// - lock.mdb, which LMDB writes through a map of memory, has any content.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "power/recorder.h"

namespace zoobar::power {

// One state of the disk: the power went after the first `at` operations, and this is what is left of those that were not
// flushed.
struct Cut {
  enum class Left {
    kNone,       // nothing
    kAll,        // everything
    kOnly,       // of the writes, only number `number` of them; all names
    kWithout,    // everything but this write
    kNamesOnly,  // of the changes of names the first `number`, and no write
    kAllWrites,  // every write, and of the changes of names the first `number`
    kRandom,     // what the random numbers say that begin with `number`
  };
  std::size_t at = 0;
  Left left = Left::kAll;
  std::uint64_t number = 0;

  std::string Text() const;  // "412.random.3"
  static std::optional<Cut> Parse(std::string_view text);
};

// Which promises the disk keeps. A test that must fail has a disk that does not keep one.
struct Promises {
  bool files = true;        // what fsync and fdatasync of a file say
  bool folders = true;      // what fsync of a folder says
  bool synchronous = true;  // what O_DSYNC says
  // Files grow in the order of the writes, as a kernel that brings the oldest data to the disk first does it: if a write
  // that made a file longer is missing, all later ones are, also those to other files. The first missing one may be there
  // in part, from its beginning.
  bool growing_in_order = false;
};

class Disk {
 public:
  Disk(const Recording& recording, Promises promises);

  // Does the operations up to this one. Precondition: it is not before the last call's.
  void AdvanceTo(std::size_t at);
  std::size_t at() const { return at_; }
  // How many writes and changes of names may be missing now.
  std::size_t uncertain_writes() const { return uncertain_; }
  std::size_t uncertain_names() const { return names_.size(); }

  // Writes the state into the folder, which is empty. Precondition: AdvanceTo(cut.at) was called. seed: of the random
  // numbers.
  void Build(const Cut& cut, std::uint64_t seed, const std::string& folder) const;

 private:
  struct Tree {
    std::map<std::string, std::uint64_t> files;  // by path
    std::map<std::string, bool> folders;

    void Do(const Operation& operation);
  };
  struct Pending {
    const Operation* operation = nullptr;
    bool certain = false;  // written with O_DSYNC
    bool grows = false;    // it made the file longer
  };
  struct File {
    std::string content;           // what is on the disk, without what is pending
    std::string cached;            // what a reader sees
    std::vector<Pending> pending;  // what came after the last flush
  };
  class Choice;

  void Do(const Operation& operation);
  void Change(const Operation& operation);
  void FlushFile(std::uint64_t file);
  void FlushFolder(const std::string& path);
  std::string ContentOf(const File& file, Choice& choice) const;

  const Recording& recording_;
  const Promises promises_;
  std::size_t at_ = 0, uncertain_ = 0;
  std::map<std::uint64_t, File> files_;
  std::list<Operation> whole_sectors_;   // synchronous writes, with the rest of their sectors
  Tree tree_;                            // the names that are on the disk for certain
  std::vector<const Operation*> names_;  // the changes of names that are not
};

}  // namespace zoobar::power
