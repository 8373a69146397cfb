// Measures the CPU time that it takes to render a page.
//   pages_bench [SECONDS]     default: 1, for each page
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>

#include "pages/pages.h"

namespace zoobar {
namespace {

void Measure(const char* name, double seconds, const std::function<std::string()>& render) {
  const std::clock_t start = std::clock();
  std::size_t bytes = 0, count = 0;
  double spent = 0;
  while (spent < seconds) {
    for (int i = 0; i < 100; ++i) bytes += render().size();
    count += 100;
    spent = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  }
  std::printf("%-10s %8.1f us a page, %6zu bytes\n", name, spent * 1e6 / static_cast<double>(count), bytes / count);
}

LogTable FullTable() {
  LogTable log;
  for (int i = 0; i < 25; ++i)
    log.rows.push_back({1795362750000 - i * 7200000LL, i % 2 ? "alice" : "bob", "carol", i + 1});
  log.older = 100;
  return log;
}

void MeasureAll(double seconds) {
  const Pages pages;
  const std::string source(2000, '<');
  HomePage home{.member = "alice", .zoobars = 117, .profile_source = "<p>I collect stamps and <b>old maps</b>.</p>"};
  Measure("home", seconds, [&] { return pages.Render(home); });
  home.profile_source = source;
  Measure("home 2 KB", seconds, [&] { return pages.Render(home); });
  Measure("login", seconds, [&] { return pages.Render(LoginPage{.next = "/zoobar/index.cgi/"}); });
  UsersPage users{.member = "alice", .asked = "carol", .name = "carol", .zoobars = 7, .log = FullTable()};
  users.profile = UsersPage::Profile::kHtml;
  users.profile_html = source;
  Measure("users", seconds, [&] { return pages.Render(users); });
  const TransferPage transfer{.member = "alice", .zoobars = 117, .submission = "0123456789abcdef0123456789abcdef"};
  Measure("transfer", seconds, [&] { return pages.Render(transfer); });
}

}  // namespace
}  // namespace zoobar

int main(int argc, char** argv) { zoobar::MeasureAll(argc > 1 ? std::atof(argv[1]) : 1); }
