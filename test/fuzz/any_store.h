// A store of any role for fuzz targets: fills it, reads all of it, writes to it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "config.pb.h"
#include "fuzz/require.h"
#include "store/environment.h"
#include "store/scratch.h"

namespace zoobar {

enum class StoreKind { kBank, kCred, kHoney, kProfile, kKeys, kNotary, kCourse };
inline constexpr StoreKind kStoreKinds[] = {StoreKind::kBank,    StoreKind::kCred, StoreKind::kHoney,
                                            StoreKind::kProfile, StoreKind::kKeys, StoreKind::kNotary,
                                            StoreKind::kCourse};

class AnyStore {
 public:
  // What one read gave, and what it may depend on: entries whose keys begin so. An empty beginning is a whole table.
  struct Read {
    std::string name;
    std::vector<std::pair<std::string, std::string>> depends;  // table, beginning of the key
    std::string value;
    bool failed = false;

    bool DependsOn(std::string_view table, std::string_view key) const {
      for (const auto& [name_of_table, beginning] : depends) {
        if (name_of_table == table && key.starts_with(beginning)) return true;
      }
      return false;
    }
  };

  virtual ~AnyStore() = default;
  virtual Environment& environment() = 0;
  virtual std::vector<std::string> tables() const = 0;
  virtual void Populate() = 0;
  virtual std::vector<Read> ReadAll() = 0;
  // Changes what is stored. What becomes of it is not looked at: it must only end.
  virtual void WriteSome() = 0;
  // Whether all tables fit together, as far as the store can tell.
  virtual bool Sound() { return true; }

  static std::string Member(std::string_view name) {
    std::string id(name);
    id.resize(16, '.');
    return id;
  }
  static std::string Long(std::string_view name) {
    std::string id(name);
    id.resize(32, '.');
    return id;
  }

 protected:
  static constexpr std::int64_t kNow = 1'700'000'000'000;
  explicit AnyStore(Loop& loop) : loop_(loop) {}

  template <typename T>
  Read Made(std::string name, std::vector<std::pair<std::string, std::string>> depends, const Result<T>& result,
            const std::function<std::string(const T&)>& text) {
    Read read{std::move(name), std::move(depends), "", !result.ok()};
    read.value = result.ok() ? text(*result) : result.error().text;
    Require(!read.failed || !read.value.empty(), "an error says what is wrong");
    return read;
  }
  // Writes with the writer's thread, and waits.
  template <typename Act>
  void Write(Act act) {
    std::ignore = WaitFor(loop_, environment().Write(std::move(act)));
  }
  template <typename T>
  T Wait(Task<T> task) {
    return WaitFor(loop_, std::move(task));
  }

  Loop& loop_;
};

inline Config::Store SmallStore() {
  Config::Store config;
  config.set_map_bytes(1 << 20);
  config.set_max_map_bytes(16 << 20);
  return config;
}

}  // namespace zoobar
