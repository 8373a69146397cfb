#include "live_site/processes.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace zoobar {

std::string ReadWhole(const std::string& path) {
  try {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  } catch (const std::ios_base::failure&) {
    return {};  // the process ended while its file was read
  }
}

std::string Proc(pid_t pid, const std::string& what) { return "/proc/" + std::to_string(pid) + "/" + what; }

std::string StatusField(pid_t pid, std::string_view name) {
  std::istringstream lines(ReadWhole(Proc(pid, "status")));
  const std::string start = std::string(name) + ":";
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(start)) continue;
    const std::size_t begin = line.find_first_not_of("\t ", start.size());
    return begin == std::string::npos ? "" : line.substr(begin, line.find_last_not_of("\t ") + 1 - begin);
  }
  return {};
}

std::uint32_t UidOf(pid_t pid) {
  return static_cast<std::uint32_t>(std::strtoul(StatusField(pid, "Uid").c_str(), nullptr, 10));
}

bool IsAlive(pid_t pid) {
  const std::string state = StatusField(pid, "State");
  return !state.empty() && state[0] != 'Z' && state[0] != 'X';
}

std::vector<pid_t> AllProcesses() {
  std::vector<pid_t> pids;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    if (const int pid = std::atoi(entry.path().filename().c_str()); pid > 0) pids.push_back(pid);
  }
  return pids;
}

}  // namespace zoobar
