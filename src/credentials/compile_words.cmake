# Turns Debian's list of the commonest passwords (john-data) and its English dictionary (wamerican) into one C++ file.
#   cmake -DOUTPUT=FILE -DPASSWORDS=/usr/share/john/password.lst -DDICTIONARY=/usr/share/dict/american-english
#         -P compile_words.cmake
# This uses awk, because CMake's own string functions take a minute for a megabyte.
function(literals file pattern result)
  execute_process(
    COMMAND awk "!/^#!/ && /${pattern}/ { gsub(/[\\\\\"]/, \"\\\\\\\\&\"); printf \"    \\\"%s\\\\n\\\"\\n\", $0 }" "${file}"
    OUTPUT_VARIABLE text
    COMMAND_ERROR_IS_FATAL ANY)
  if(text STREQUAL "")
    message(FATAL_ERROR "${file} holds no words")
  endif()
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

set(ENV{LC_ALL} C)
literals("${PASSWORDS}" "^[!-~]+$" passwords)
literals("${DICTIONARY}" "^[A-Za-z][a-z][a-z]+$" dictionary) # neither possessives nor accents
file(WRITE "${OUTPUT}" "// Generated from ${PASSWORDS} and ${DICTIONARY} by src/credentials/compile_words.cmake.
#include \"credentials/compiled_words.h\"

namespace zoobar {

std::string_view CompiledPasswords() {
  return
${passwords};
}

std::string_view CompiledDictionary() {
  return
${dictionary};
}

}  // namespace zoobar
")
