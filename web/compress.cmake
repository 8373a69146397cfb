# Writes FILE.gz beside FILE. static sends it to browsers that accept gzip. The same file always gives the same bytes. A
# file that gzip does not make smaller gets no FILE.gz.
#   cmake -DGZIP=/usr/bin/gzip -DFILE=web/root/zoobar/media/zoobar.css -P compress.cmake
get_filename_component(folder "${FILE}" DIRECTORY)
get_filename_component(name "${FILE}" NAME)
string(RANDOM LENGTH 12 unique)
set(unfinished "${folder}/.${name}.${unique}")  # hidden files are not served
execute_process(COMMAND "${GZIP}" -9 -n -c "${FILE}" OUTPUT_FILE "${unfinished}" RESULT_VARIABLE failed ERROR_QUIET)
if(failed)
  file(REMOVE "${unfinished}")
  message(WARNING "${FILE}.gz cannot be written; the site will send the file as it is")
  return()
endif()
file(SIZE "${FILE}" plain)
file(SIZE "${unfinished}" packed)
if(packed LESS plain)
  file(CHMOD "${unfinished}" FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
  file(RENAME "${unfinished}" "${FILE}.gz")
else()
  file(REMOVE "${unfinished}" "${FILE}.gz")
endif()
