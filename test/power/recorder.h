// Records what this process does to the files below one folder: every write, every flush, every change of a name. The
// test program defines the C library's functions itself (interpose.cc), so this also sees what LMDB does.
//
//   Recorder recorder(folder);   // the folder's present content is on the disk
//   ... work ...; recorder.Mark(Mark::kAcknowledged, 17); ...
//   const Recording recording = recorder.Stop();
//
// Writes through a map of memory are not seen. LMDB makes them to lock.mdb alone, and Disk knows that file.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zoobar::power {

enum class Mark { kBegun, kAcknowledged };

struct Operation {
  enum class Kind {
    kWrite,        // file, offset, data
    kResize,       // file, offset: the new size
    kFlush,        // file
    kMakeFile,     // path, file
    kMakeFolder,   // path
    kRename,       // path, to
    kRemove,       // path
    kFlushFolder,  // path
    kMark,         // mark, step
  };
  Kind kind = Kind::kMark;
  std::uint64_t file = 0;  // a number that no other file has, whatever its names
  std::uint64_t offset = 0;
  std::string data{};
  bool synchronous = false;  // written through a descriptor with O_DSYNC: on the disk when the call returns
  std::string path{}, to{};  // below the recorded folder; the folder itself is ""
  Mark mark = Mark::kBegun;
  std::size_t step = 0;

  bool OfNames() const {
    return kind == Kind::kMakeFile || kind == Kind::kMakeFolder || kind == Kind::kRename || kind == Kind::kRemove;
  }
};

struct Recording {
  // What was in the folder at the beginning.
  std::map<std::string, std::uint64_t> files;     // by path
  std::map<std::uint64_t, std::string> contents;  // by the file's number
  std::vector<std::string> folders;               // parents first
  std::vector<Operation> operations;

  // Two recordings with the same digest have the same operations at the same places.
  std::string Digest() const;
};

// A reference to a function that does a system call. It must not outlive the function.
class Call {
 public:
  template <typename Function>
  Call(const Function& function)  // NOLINT: a lambda becomes a Call without a word
      : function_(&function), call_([](const void* it) -> long { return (*static_cast<const Function*>(it))(); }) {}
  long operator()() const { return call_(function_); }

 private:
  const void* function_;
  long (*call_)(const void*);
};

class Recorder {
 public:
  // folder: an absolute path without links. Only one Recorder may exist at a time.
  explicit Recorder(const std::string& folder);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // Says that the step with this number of the test's work begins, or that its caller was answered.
  void Mark(power::Mark mark, std::size_t step);
  Recording Stop();

  // For interpose.cc. Each function does the system call `call`, and records it if it succeeds and is about a file below
  // the folder.
  static long Opened(int directory, const char* path, int flags, const Call& call);
  static long Written(int fd, const iovec* pieces, int count, std::optional<off_t> offset, const Call& call);
  static long Resized(int fd, off_t size, const Call& call);
  static long Flushed(int fd);
  static long FolderMade(int directory, const char* path, const Call& call);
  static long Removed(int directory, const char* path, const Call& call);
  static long Renamed(int from_directory, const char* from, int to_directory, const char* to, const Call& call);
  // For calls that Disk does not know. Ends the process if the file is below the folder.
  static long Unknown(const char* name, int fd, const Call& call);
  static long Unknown(const char* name, int directory, const char* path, const Call& call);
};

}  // namespace zoobar::power
