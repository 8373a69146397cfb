// Makes the pages for the operator (role console): the sign-in form, and the page that shows the site. As Pages does, it
// escapes every value for its place in the page.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace zoobar {

struct ConsoleSignIn {
  std::string warning = {};  // empty: none
};

struct ConsolePage {
  // A role in the picture of the processes. Lengths are in units of the picture's viewBox.
  struct Node {
    std::string role = {};
    int x = 0, y = 0;
    std::string below = {};  // the line below the name: its uid, its instances, its restarts
    std::string rate = {};   // calls that it gets, in a second; empty: none
    std::string state = {};  // in words
    bool well = true;
  };
  struct Arrow {
    std::string what = {};  // in words: "app may call bank"
    std::string path = {};  // for the attribute `d` of an SVG path
    int weight = 0;         // how thick: 0 (no call) to 4
    std::string rate = {};  // in a second; empty: no calls
    int x = 0, y = 0;       // where the rate stands
  };
  struct Chart {
    static constexpr int kWidth = 360, kHeight = 90;
    struct Line {
      std::string name = {}, now = {};
      std::string points = {};  // for the attribute `points` of an SVG polyline; the oldest first
    };
    std::string title = {}, unit = {};
    std::string top = {};  // the value at the upper edge
    std::vector<Line> lines = {};
  };
  struct LogLine {
    std::string time = {}, role = {}, event = {}, fields = {};
  };
  struct Process {
    std::string role = {}, instance = {}, uid = {}, pid = {}, state = {}, up = {}, restarts = {}, callers = {};
    bool well = true;
  };
  struct Queue {
    std::string role = {}, queue = {}, running = {}, waiting = {}, most = {}, refused = {};
  };
  struct Certificate {
    std::string names = {}, ends = {};
    bool well = true;
  };

  std::string state = {};  // the site's, in a sentence
  bool well = true;
  std::string version = {}, time = {};
  bool renews = false;        // the browser asks for the page again after kRenewSeconds
  int width = 0, height = 0;  // of the picture
  std::vector<Node> nodes = {};
  std::vector<Arrow> arrows = {};
  std::string since = {};  // the charts begin so long ago
  std::vector<Chart> charts = {};
  bool knows_lines = true;            // whether the logs could be read
  std::vector<LogLine> alarms = {};   // newest first
  std::vector<LogLine> denials = {};  // newest first
  std::vector<Queue> queues = {};
  std::vector<Process> processes = {};
  std::vector<Certificate> certificates = {};
};

class ConsolePages {
 public:
  static constexpr int kRenewSeconds = 10;  // for the field Refresh; the template names it too
  static constexpr std::string_view kSecretField = "secret";

  ConsolePages();
  ~ConsolePages();
  std::string Render(const ConsoleSignIn& page) const;
  std::string Render(const ConsolePage& page) const;
  // The style sheet and the icon (SVG) of both pages.
  static std::string_view Style();
  static std::string_view Icon();

 private:
  class Templates;
  std::unique_ptr<Templates> templates_;
};

}  // namespace zoobar
