# Turns confusables.txt into C++ tables.
#   cmake -DOUTPUT=FILE -DINPUT=confusables.txt -P compile_confusables.cmake
set(ENV{LC_ALL} C)
execute_process(
  COMMAND awk -F ";" [[
    BEGIN { used = 0 }
    !/^#/ {
      size = split($2, points, " ")
      entries = entries "    {0x" $1 ", " used ", " size "},\n"
      for (i = 1; i <= size; ++i) prototypes = prototypes (used++ % 12 ? " " : "\n    ") "0x" points[i] ","
    }
    END {
      print "constexpr Confusable kConfusables[] = {"
      printf "%s", entries
      print "};\nconstexpr char32_t kPrototypes[] = {" prototypes "\n};"
    }
  ]] "${INPUT}"
  OUTPUT_VARIABLE tables
  COMMAND_ERROR_IS_FATAL ANY)
file(WRITE "${OUTPUT}" "// Generated from ${INPUT} by src/credentials/compile_confusables.cmake.
#include \"credentials/compiled_confusables.h\"

namespace zoobar {
namespace {

${tables}
}  // namespace

std::span<const Confusable> CompiledConfusables() { return kConfusables; }

std::span<const char32_t> CompiledPrototypes() { return kPrototypes; }

}  // namespace zoobar
")
