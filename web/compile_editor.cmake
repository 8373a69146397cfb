# Joins files into one, in their order: the editor of profiles, from CodeMirror's parts and zoobar's own. The same parts
# always give the same bytes.
#   cmake -DOUTPUT=web/root/zoobar/media/editor.js "-DPARTS=a.js;b.js" -P compile_editor.cmake
get_filename_component(folder "${OUTPUT}" DIRECTORY)
get_filename_component(name "${OUTPUT}" NAME)
string(RANDOM LENGTH 12 unique)
set(unfinished "${folder}/.${name}.${unique}")  # hidden files are not served
file(WRITE "${unfinished}" "")
foreach(part IN LISTS PARTS)
  file(READ "${part}" text)
  file(APPEND "${unfinished}" "${text}\n")
endforeach()
file(CHMOD "${unfinished}" FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
file(RENAME "${unfinished}" "${OUTPUT}")
