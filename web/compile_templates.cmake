# Compiles the templates and the example programs into one C++ file, so that no role needs them on disk.
# The style sheet of the operator's page and the hashes of the site's scripts come with them. EDITOR is the script of the
# editor, which is also one of SCRIPTS; it is empty if there is none.
#   cmake -DOUTPUT=FILE "-DTEMPLATES=a.tpl;b.tpl" "-DEXAMPLES=a.py;b.py" -DSTYLE=a.css "-DSCRIPTS=a.js;b.js" -DEDITOR=b.js
#     -DFORM=web/profile_form.html -P compile_templates.cmake
cmake_minimum_required(VERSION 3.25)
set(hashes "")
foreach(script IN LISTS SCRIPTS)
  get_filename_component(name "${script}" NAME_WE)
  file(SHA512 "${script}" hash)
  string(APPEND hashes "    {\"${name}\", \"${hash}\"},\n")
endforeach()
set(entries "")
set(examples "")
# What each page with the profile's form has alike is put in here, once, and costs a page nothing: the names of the examples,
# the script of the editor if there is one, and the form itself.
set(EXAMPLE_BUTTONS "")
foreach(example IN LISTS EXAMPLES)
  get_filename_component(name "${example}" NAME_WE)
  if(NOT name MATCHES "^[a-z0-9-]+$")
    message(FATAL_ERROR "the name of ${example} has other characters than a-z, 0-9 and -")
  endif()
  string(APPEND EXAMPLE_BUTTONS "<li><button name=\"example\" value=\"${name}\">${name}</button></li>\n")
endforeach()
set(EDITOR_SCRIPT "")
if(EDITOR)
  set(EDITOR_SCRIPT "<script src=\"/zoobar/media/editor.js\" integrity=\"{{EDITOR_HASH}}\" defer></script>")
endif()
file(READ "${FORM}" form)
string(CONFIGURE "${form}" PROFILE_FORM @ONLY)
foreach(template IN LISTS TEMPLATES)
  get_filename_component(name "${template}" NAME_WE)
  file(READ "${template}" text)
  string(REPLACE "@PROFILE_FORM@" "${PROFILE_FORM}" text "${text}")
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
constexpr CompiledTemplate kScripts[] = {
${hashes}};

}  // namespace

std::span<const CompiledTemplate> CompiledTemplates() { return kTemplates; }
std::span<const CompiledTemplate> CompiledExamples() { return kExamples; }
std::string_view CompiledConsoleStyle() { return R\"TPL(${style})TPL\"; }
std::string_view CompiledScriptHash(std::string_view name) {
  for (const CompiledTemplate& script : kScripts) {
    if (script.name == name) return script.text;
  }
  return {};
}

}  // namespace zoobar
")
