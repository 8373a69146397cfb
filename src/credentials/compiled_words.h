// Debian's lists of words, as text. compile_words.cmake compiles them into the program, since no role can read them
// from disk.
#pragma once

#include <string_view>

namespace zoobar {

// The common passwords, one on each line, the most common first. Source: password.lst of Debian's package john-data.
std::string_view CompiledPasswords();
// The English words, one on each line, sorted. Names begin with a capital letter. Source: Debian's package wamerican.
std::string_view CompiledDictionary();

}  // namespace zoobar
