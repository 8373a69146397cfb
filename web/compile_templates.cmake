# Turns the templates into one C++ file, so that no role needs them on disk.
#   cmake -DOUTPUT=FILE "-DTEMPLATES=a.tpl;b.tpl" -P compile_templates.cmake
set(entries "")
foreach(template IN LISTS TEMPLATES)
  get_filename_component(name "${template}" NAME_WE)
  file(READ "${template}" text)
  if(text MATCHES "\\)TPL\"")
    message(FATAL_ERROR "${template} contains the end mark of a raw string")
  endif()
  string(APPEND entries "    {\"${name}\", R\"TPL(${text})TPL\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "// Generated from web/templates by web/compile_templates.cmake.
#include \"pages/compiled_templates.h\"

namespace zoobar {
namespace {

constexpr CompiledTemplate kTemplates[] = {
${entries}};

}  // namespace

std::span<const CompiledTemplate> CompiledTemplates() { return kTemplates; }

}  // namespace zoobar
")
