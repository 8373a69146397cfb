#include "roles/console/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "roles/console/calls.h"

namespace zoobar {
namespace {

constexpr int kMargin = 12, kColumn = 262, kRow = 104;  // from one node's corner to the next one's
constexpr int kBetweenArrows = 9;                       // where several begin or end at one node
constexpr int kSweeps = 8;                              // over all layers, to bring callers near those that they call
constexpr double kLabelAt = 0.6;                        // of the way along an arrow

using Call = std::pair<Role, Role>;

// The calls without those that go back: of two roles that call each other, the one that may call more methods is the
// caller.
std::vector<Call> ForwardCalls(const std::set<Role>& roles) {
  std::vector<Call> forward;
  for (const auto& [call, methods] : ShownCalls()) {
    if (!roles.contains(call.first) || !roles.contains(call.second)) continue;
    const auto back = ShownCalls().find({call.second, call.first});
    if (back != ShownCalls().end() && (back->second > methods || (back->second == methods && call.second < call.first)))
      continue;
    forward.push_back(call);
  }
  return forward;
}

// A role is one layer to the right of the rightmost of its callers. Calls in a circle end after as many steps as there
// are roles.
std::map<Role, int> Layers(const std::set<Role>& roles, const std::vector<Call>& forward) {
  std::map<Role, int> layers;
  for (const Role role : roles) layers[role] = 0;
  for (std::size_t step = 0; step < roles.size(); ++step) {
    for (const auto& [from, to] : forward) {
      layers[to] = std::min(std::max(layers[to], layers[from] + 1), static_cast<int>(roles.size()) - 1);
    }
  }
  return layers;
}

class Layout {
 public:
  explicit Layout(const std::set<Role>& roles) : forward_(ForwardCalls(roles)), layer_(Layers(roles, forward_)) {
    for (const auto& [role, layer] : layer_) {
      columns_.resize(std::max(columns_.size(), static_cast<std::size_t>(layer) + 1));
      columns_[static_cast<std::size_t>(layer)].push_back(role);
    }
    for (const auto& column : columns_) rows_ = std::max(rows_, column.size());
    for (auto& column : columns_) PlaceColumn(column);
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      for (auto& column : columns_) SortColumn(column);
    }
  }

  Picture Done() const {
    Picture picture;
    picture.width = 2 * kMargin + (static_cast<int>(columns_.size()) - 1) * kColumn + Picture::kNodeWidth;
    picture.height = 2 * kMargin + (static_cast<int>(rows_) - 1) * kRow + Picture::kNodeHeight;
    for (const auto& [role, y] : y_) picture.nodes.push_back({role, X(role), kMargin + static_cast<int>(y)});
    for (const auto& [call, methods] : ShownCalls()) {
      if (y_.contains(call.first) && y_.contains(call.second)) picture.arrows.push_back(ArrowFor(call));
    }
    return picture;
  }

 private:
  int X(Role role) const { return kMargin + layer_.at(role) * kColumn; }

  void PlaceColumn(const std::vector<Role>& column) {
    double y = static_cast<double>(rows_ - column.size()) * kRow / 2.0;
    for (const Role role : column) {
      y_[role] = y;
      y += kRow;
    }
  }

  // Sorts a column by the mean height of the roles that each role calls or is called by.
  void SortColumn(std::vector<Role>& column) {
    std::map<Role, double> wanted;
    for (const Role role : column) {
      double sum = 0;
      int count = 0;
      for (const auto& [from, to] : forward_) {
        if (from != role && to != role) continue;
        sum += y_.at(from == role ? to : from);
        ++count;
      }
      // A role without arrows goes to the end.
      wanted[role] = count == 0 ? static_cast<double>(rows_) * kRow : sum / count;
    }
    std::ranges::stable_sort(column, {}, [&wanted](Role role) { return wanted.at(role); });
    PlaceColumn(column);
  }

  // Where an arrow meets the side of a node: those to higher nodes meet it higher. side: +1 the right one, -1 the left.
  double Port(Role role, Role other, bool right) const {
    std::vector<std::pair<double, Role>> others;
    for (const auto& [call, methods] : ShownCalls()) {
      if (call.first != role && call.second != role) continue;
      const Role far = call.first == role ? call.second : call.first;
      if (y_.contains(far) && (layer_.at(far) > layer_.at(role)) == right) others.emplace_back(y_.at(far), far);
    }
    std::ranges::sort(others);
    others.erase(std::ranges::unique(others).begin(), others.end());
    const auto found = std::ranges::find(others, other, &std::pair<double, Role>::second);
    const double index = static_cast<double>(found - others.begin());
    const double middle = static_cast<double>(others.size() - 1) / 2;
    return kMargin + y_.at(role) + Picture::kNodeHeight / 2.0 + (index - middle) * kBetweenArrows;
  }

  Picture::Arrow ArrowFor(const Call& call) const {
    const auto& [from, to] = call;
    const bool rightwards = layer_.at(to) > layer_.at(from);
    const bool both_ways = ShownCalls().contains({to, from});
    const double shift = !both_ways ? 0 : rightwards ? -kBetweenArrows / 3.0 : kBetweenArrows / 3.0;
    const double y1 = Port(from, to, rightwards) + shift, y2 = Port(to, from, !rightwards) + shift;
    const double x1 = X(from) + (rightwards ? Picture::kNodeWidth : 0);
    const double x2 = X(to) + (rightwards ? 0 : Picture::kNodeWidth);
    const double bend = (x2 - x1) / 2, t = kLabelAt, u = 1 - t;
    // The point of a cubic Bezier curve whose inner points are as high as its ends.
    const double x = u * u * u * x1 + 3 * u * u * t * (x1 + bend) + 3 * u * t * t * (x2 - bend) + t * t * t * x2;
    const double y = (u * u * u + 3 * u * u * t) * y1 + (3 * u * t * t + t * t * t) * y2;
    return {.from = from,
            .to = to,
            .path = fmt::format("M{:.0f} {:.1f}C{:.0f} {:.1f} {:.0f} {:.1f} {:.0f} {:.1f}", x1, y1, x1 + bend, y1,
                                x2 - bend, y2, x2, y2),
            .label_x = static_cast<int>(x),
            .label_y = static_cast<int>(y)};
  }

  std::vector<Call> forward_;
  std::map<Role, int> layer_;
  std::vector<std::vector<Role>> columns_;
  std::size_t rows_ = 0;
  std::map<Role, double> y_;
};

}  // namespace

Picture LayOut(const std::set<Role>& roles) { return Layout(roles).Done(); }

}  // namespace zoobar
