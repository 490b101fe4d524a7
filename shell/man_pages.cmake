# cmake -DNONO=PROGRAM -DDIRECTORY=DIR -P man_pages.cmake: every manual page the program knows, as DIR/manN/NAME.N, and none besides.
function(ask output)
    execute_process(COMMAND ${NONO} __man ${ARGN} OUTPUT_VARIABLE answer COMMAND_ERROR_IS_FATAL ANY)
    set(${output} "${answer}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${DIRECTORY}")
ask(names)
string(REGEX MATCHALL "[^\n]+" names "${names}")
foreach(name IN LISTS names)
    ask(page "${name}")
    string(REGEX REPLACE ".*\\." "" section "${name}")
    file(WRITE "${DIRECTORY}/man${section}/${name}" "${page}")
endforeach()
