// Where the roles and the arrows between them stand in the picture of the operator's page.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "ipc/channel.h"

namespace zoobar {

// All lengths are in units of the picture's viewBox.
struct Picture {
  static constexpr int kNodeWidth = 156, kNodeHeight = 62;

  struct Node {
    Role role;
    int x = 0, y = 0;  // of its left upper corner
  };
  struct Arrow {
    Role from, to;
    std::string path;              // for the attribute `d` of an SVG path (w3.org/TR/SVG2/paths.html)
    int label_x = 0, label_y = 0;  // where its label is centred
  };
  int width = 0, height = 0;
  std::vector<Node> nodes;
  std::vector<Arrow> arrows;
};

// Lays out the roles, and an arrow for each of ShownCalls between them. A caller stands to the left of those that it
// calls (the layers of Sugiyama, Tagawa and Toda: "Methods for Visual Understanding of Hierarchical System Structures",
// 1981). So a new role gets its place by itself. The same roles always make the same picture.
Picture LayOut(const std::set<Role>& roles);

}  // namespace zoobar
