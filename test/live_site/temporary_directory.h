// An empty directory of mode 0700, removed with all its content at the end of the object.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace zoobar {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    char name[] = "/tmp/zoobar-test-XXXXXX";
    path_ = mkdtemp(name) ? name : "";
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  // Empty if it could not be made.
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace zoobar
