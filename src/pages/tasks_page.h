// What the page with the tasks of a course shows. As in pages.h, the texts must live until Render returns.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace zoobar {

struct TasksPage {
  struct Item {
    std::string_view title = {}, hint = {};
    std::vector<std::string_view> text = {};  // paragraphs
    std::uint32_t points = 0;
    std::int64_t done_ms = 0;  // when the member did it; 0: not yet
  };
  struct Row {
    std::string_view member = {};
    std::uint32_t points = 0, tasks = 0;
  };
  std::string_view member = {};
  std::vector<Item> items = {};
  bool board = false;          // the operator wants a scoreboard
  std::vector<Row> rows = {};  // of the scoreboard, best first
  std::uint32_t place = 0;     // of the member; 0: none
  std::uint32_t members = 0;   // how many have a place
};

}  // namespace zoobar
