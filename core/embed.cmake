# nono_embed(TARGET FILE SYMBOL): compiles FILE into TARGET as `const unsigned char SYMBOL[]` and `const size_t SYMBOL_len`.
# A NUL follows the data and is not counted. Run as a script (cmake -P) it writes the C file.
if(CMAKE_SCRIPT_MODE_FILE)
    file(READ "${EMBED_INPUT}" hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(REGEX REPLACE "(0x[0-9a-f][0-9a-f],0x[0-9a-f][0-9a-f],0x[0-9a-f][0-9a-f],0x[0-9a-f][0-9a-f],0x[0-9a-f][0-9a-f],0x[0-9a-f][0-9a-f],0x[0-9a-f][0-9a-f],0x[0-9a-f][0-9a-f],)" "\\1\n" bytes "${bytes}")
    file(WRITE "${EMBED_OUTPUT}" "#include <stddef.h>\nextern const unsigned char ${EMBED_SYMBOL}[];\nextern const size_t ${EMBED_SYMBOL}_len;\nconst unsigned char ${EMBED_SYMBOL}[] = {\n${bytes}0x00};\nconst size_t ${EMBED_SYMBOL}_len = sizeof ${EMBED_SYMBOL} - 1;\n")
    return()
endif()

set(NONO_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")
function(nono_embed target file symbol)
    get_filename_component(input "${file}" ABSOLUTE)
    set(output "${CMAKE_CURRENT_BINARY_DIR}/embed_${symbol}.c")
    add_custom_command(
        OUTPUT "${output}"
        COMMAND "${CMAKE_COMMAND}" "-DEMBED_INPUT=${input}" "-DEMBED_OUTPUT=${output}" "-DEMBED_SYMBOL=${symbol}" -P
                "${NONO_EMBED_SCRIPT}"
        DEPENDS "${input}" "${NONO_EMBED_SCRIPT}"
        VERBATIM)
    target_sources(${target} PRIVATE "${output}")
endfunction()
