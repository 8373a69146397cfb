# Compiles the templates and the example programs into one C++ file, so that no role needs them on disk.
# The style sheet of the operator's page and the hashes of the site's scripts come with them. EDITOR is empty if there is no
# editor; then its hash is empty too.
#   cmake -DOUTPUT=FILE "-DTEMPLATES=a.tpl;b.tpl" "-DEXAMPLES=a.py;b.py" -DSTYLE=a.css -DSCRIPT=a.js -DEDITOR=b.js
#     -P compile_templates.cmake
file(SHA512 "${SCRIPT}" hash)
set(editor_hash "")
if(EDITOR)
  file(SHA512 "${EDITOR}" editor_hash)
endif()
set(entries "")
set(examples "")
foreach(template IN LISTS TEMPLATES)
  get_filename_component(name "${template}" NAME_WE)
  file(READ "${template}" text)
  if(text MATCHES "\\)TPL\"")
    message(FATAL_ERROR "${template} contains the end mark of a raw string")
  endif()
  string(APPEND entries "    {\"${name}\", R\"TPL(${text})TPL\"},\n")
endforeach()
foreach(example IN LISTS EXAMPLES)
  get_filename_component(name "${example}" NAME_WE)
  file(READ "${example}" text)
  if(text MATCHES "\\)TPL\"")
    message(FATAL_ERROR "${example} contains the end mark of a raw string")
  endif()
  string(APPEND examples "    {\"${name}\", R\"TPL(${text})TPL\"},\n")
endforeach()
file(READ "${STYLE}" style)
file(WRITE "${OUTPUT}" "// Generated from web/templates and profiles by web/compile_templates.cmake.
#include \"pages/compiled_templates.h\"

namespace zoobar {
namespace {

constexpr CompiledTemplate kTemplates[] = {
${entries}};
constexpr CompiledTemplate kExamples[] = {
${examples}};

}  // namespace

std::span<const CompiledTemplate> CompiledTemplates() { return kTemplates; }
std::span<const CompiledTemplate> CompiledExamples() { return kExamples; }
std::string_view CompiledConsoleStyle() { return R\"TPL(${style})TPL\"; }
std::string_view CompiledScriptHash() { return \"${hash}\"; }
std::string_view CompiledEditorHash() { return \"${editor_hash}\"; }

}  // namespace zoobar
")
