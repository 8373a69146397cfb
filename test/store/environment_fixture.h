// An environment in a folder of its own, and writes whose outcomes are collected.
#pragma once

#include <gmock/gmock.h>

#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ipc/run_until.h"
#include "store/environment.h"
#include "store/scratch.h"

namespace zoobar {

class EnvironmentTest : public testing::Test {
 protected:
  EnvironmentOptions Options() const {
    EnvironmentOptions options;
    options.folder = folder_.path();
    options.kind = "test";
    options.tables = {"a", "b"};
    options.map_bytes = 1 << 20;
    options.lock_wait = Milliseconds(0);
    return options;
  }
  void Open(EnvironmentOptions options) {
    environment_.reset();
    auto opened = Environment::Open(loop_, std::move(options));
    ASSERT_TRUE(opened.ok()) << opened.error().text;
    environment_ = std::move(*opened);
    a_ = environment_->table("a");
  }
  void Open() { Open(Options()); }
  std::string OpeningError(EnvironmentOptions options) {
    auto opened = Environment::Open(loop_, std::move(options));
    return opened.ok() ? "" : opened.error().text;
  }

  Task<Status> Put(std::string key, std::string value) {
    auto act = [this, key, value](WriteTransaction& tx) -> Status {
      tx.Put(a_, key, value);
      return {};
    };
    return environment_->Write(std::move(act));
  }
  Status PutNow(std::string key, std::string value) { return WaitFor(loop_, Put(std::move(key), std::move(value))); }
  // Starts the write; its outcome is added to outcomes_ when it is answered.
  void Start(Task<Status> write) { Spawn(Note(std::move(write))); }
  Task<void> Note(Task<Status> write) {
    Status status = co_await write;
    outcomes_.push_back(status.ok() ? "" : status.error().text);
  }
  // Starts a write to `key` that occupies the writer's thread until ReleaseWriter. Returns when it has begun.
  void OccupyWriter(std::string key) {
    auto slow = [this, key](WriteTransaction& tx) -> Status {
      tx.Put(a_, key, "value");
      begun_.set_value();
      go_on_.get_future().wait();
      return {};
    };
    Start(environment_->Write(std::move(slow)));
    loop_.RunOnce();
    begun_.get_future().wait();
  }
  void ReleaseWriter() { go_on_.set_value(); }
  void WaitUntilAnswered(std::size_t count) {
    RunUntil(loop_, [&] { return outcomes_.size() >= count; });
  }
  std::string Get(std::string_view key) {
    Result<std::string> value = environment_->Read([&](ReadTransaction& tx) -> Result<std::string> {
      const auto found = tx.Get(a_, key);
      return std::string(found.value_or("(none)"));
    });
    return value.ok() ? *value : value.error().text;
  }

  TemporaryDirectory folder_;
  Loop loop_;
  std::unique_ptr<Environment> environment_;
  Table a_;
  std::vector<std::string> outcomes_;  // error texts; empty for success
  std::promise<void> begun_, go_on_;
};

}  // namespace zoobar
