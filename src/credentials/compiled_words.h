// Debian's lists of words, compiled in by compile_words.cmake: no role has them on disk.
#pragma once

#include <string_view>

namespace zoobar {

// One a line, the commonest first (john-data's password.lst).
std::string_view CompiledPasswords();
// One a line, sorted; names begin with a capital (wamerican).
std::string_view CompiledDictionary();

}  // namespace zoobar
