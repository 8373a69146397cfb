// The configuration file with every field, its default and what it means, compiled in.
#pragma once

#include <string_view>

namespace zoobar {

// The text of config/zoobar.textproto.
std::string_view DefaultConfigText();

}  // namespace zoobar
