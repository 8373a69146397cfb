// Remembers paths of the web root that do not exist, so that static is not asked for them again. The table is bounded
// and shared among principals. When it is full, the principal with the most paths loses its oldest path. So an address
// that asks for thousands of missing paths pushes out only its own paths.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace zoobar {

class MissingPaths {
 public:
  explicit MissingPaths(std::size_t capacity) : capacity_(capacity) {}

  bool Has(std::string_view path) const { return paths_.find(path) != paths_.end(); }
  // principal: who was the first to ask for the path.
  void Add(const std::string& path, const std::string& principal);
  void Remove(std::string_view path);
  void Clear();
  std::size_t size() const { return paths_.size(); }

 private:
  struct Holder {
    std::string principal;
    std::list<std::string>::iterator in_share;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  void Resize(const std::string& principal, std::size_t before, std::size_t now);

  const std::size_t capacity_;
  std::unordered_map<std::string, Holder, Hash, std::equal_to<>> paths_;
  std::unordered_map<std::string, std::list<std::string>> shares_;  // the paths of each principal, oldest first
  std::set<std::pair<std::size_t, std::string>> sizes_;             // the sizes of the shares, each with its principal
};

}  // namespace zoobar
