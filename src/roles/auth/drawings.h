// Which members' passwords are being set now.
#pragma once

#include <set>
#include <string>

namespace zoobar {

class Drawings {
 public:
  // The right to draw sweetwords for a member. Only one call has it at a time, from before the call reads the account
  // until it has stored the account. Otherwise honeychecker could get the index of one draw while the account gets the
  // words of another.
  class Right {
   public:
    Right(Drawings& drawings, const std::string& member) : drawings_(drawings) {
      if (drawings.members_.insert(member).second) member_ = member;
    }
    ~Right() {
      if (granted()) drawings_.members_.erase(member_);
    }
    Right(const Right&) = delete;
    Right& operator=(const Right&) = delete;

    bool granted() const { return !member_.empty(); }

   private:
    Drawings& drawings_;
    std::string member_;
  };

 private:
  std::set<std::string> members_;
};

}  // namespace zoobar
