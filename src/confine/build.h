// For the files of this room alone: whether this build confines its roles (unconfined.h). ZOOBAR_UNCONFINED is defined as
// 0 or 1 for this room and for no other.
#pragma once

namespace zoobar {

inline constexpr bool kUnconfined = ZOOBAR_UNCONFINED;

}  // namespace zoobar
