// Debian's lists of words. compile_words.cmake compiles them in, since no role has them on disk.
#pragma once

#include <string_view>

namespace zoobar {

// One word on each line, the most common first (password.lst of john-data).
std::string_view CompiledPasswords();
// One word on each line, sorted. Names begin with a capital letter (wamerican).
std::string_view CompiledDictionary();

}  // namespace zoobar
