// A folder for the stores and files of one fuzz target. It is in memory where the machine has /dev/shm, because a store
// syncs after each write.
#pragma once

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "fuzz/require.h"

namespace zoobar {

class ScratchFolder {
 public:
  ScratchFolder() {
    const std::string place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    RemoveLeftOver(place);
    std::string name = place + "/" + kName + std::to_string(getpid()) + "-XXXXXX";
    Require(mkdtemp(name.data()) != nullptr, "a scratch folder can be made");
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string At(std::string_view name) const { return (std::filesystem::path(path_) / name).string(); }

  // Removes everything in the folder.
  void Empty() const {
    for (const auto& entry : std::filesystem::directory_iterator(path_)) std::filesystem::remove_all(entry.path());
  }
  void Write(std::string_view name, std::string_view content) const {
    std::ofstream file(At(name), std::ios::binary);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
  }
  std::string Read(std::string_view name) const {
    std::ifstream file(At(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  // Leaves the folder with an environment whose data.mdb has this content, and nothing else.
  void PutStore(std::string_view data) const {
    Empty();
    Write("data.mdb", data);
  }

 private:
  inline static const std::string kName = "zoobar-fuzz-";

  // libFuzzer ends the process where it finds a fault, so the folders of such processes are left over.
  static void RemoveLeftOver(const std::string& place) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(place, ignored)) {
      const std::string name = entry.path().filename();
      if (!name.starts_with(kName)) continue;
      const int process = std::atoi(name.c_str() + kName.size());
      if (process > 0 && kill(process, 0) != 0 && errno == ESRCH) std::filesystem::remove_all(entry.path(), ignored);
    }
  }

  std::string path_;
};

}  // namespace zoobar
