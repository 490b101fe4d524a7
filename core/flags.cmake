# nono_flags(TARGET): the warning and hardening set. Warnings are errors only with NONO_WERROR.
include(CheckCCompilerFlag)
include(CheckLinkerFlag)

set(NONO_WARNINGS
    -Wall -Wextra -Wshadow -Wconversion -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla
    -Wnull-dereference -Wundef -Wwrite-strings -Wpointer-arith -Wcast-qual -Wcast-align -Wswitch-enum
    -Wimplicit-fallthrough -Wdouble-promotion -Wdate-time -Wredundant-decls
    # gcc
    -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Walloc-zero -Warith-conversion -Wtrampolines -Wbidi-chars=any
    # clang
    -Wmissing-variable-declarations -Wcomma -Wconditional-uninitialized -Wassign-enum -Wunreachable-code-aggressive)
set(NONO_HARDENING -fno-common -fno-strict-overflow -fno-delete-null-pointer-checks -fstack-protector-strong)
# What no command uses is not linked: every page with a pointer is copied at every start.
set(NONO_SECTIONS -ffunction-sections -fdata-sections)
set(NONO_LINK_HARDENING -Wl,--gc-sections -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code)

if(NONO_SANITIZE)
    # No _FORTIFY_SOURCE here: it hides from the sanitizer the calls it replaces.
    set(NONO_SANITIZE_FLAGS -fsanitize=${NONO_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    if(NONO_FUZZ)
        list(APPEND NONO_SANITIZE_FLAGS -fsanitize=fuzzer-no-link)
    endif()
elseif(CMAKE_BUILD_TYPE MATCHES "Rel")
    list(APPEND NONO_HARDENING -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-clash-protection -fcf-protection=full
         -mbranch-protection=standard -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr -fstrict-flex-arrays=3)
endif()

set(CMAKE_REQUIRED_QUIET ON)
set(NONO_C_FLAGS "")
foreach(flag IN LISTS NONO_WARNINGS NONO_HARDENING NONO_SECTIONS)
    string(MAKE_C_IDENTIFIER "have${flag}" have)
    # gcc accepts an unknown -Wno-…; asking with -Werror is what tells.
    set(CMAKE_REQUIRED_FLAGS "-Werror")
    check_c_compiler_flag("${flag}" ${have})
    unset(CMAKE_REQUIRED_FLAGS)
    if(${have})
        list(APPEND NONO_C_FLAGS "${flag}")
    endif()
endforeach()
set(NONO_LINK_FLAGS "")
foreach(flag IN LISTS NONO_LINK_HARDENING)
    string(MAKE_C_IDENTIFIER "have${flag}" have)
    check_linker_flag(C "${flag}" ${have})
    if(${have})
        list(APPEND NONO_LINK_FLAGS "${flag}")
    endif()
endforeach()
unset(CMAKE_REQUIRED_QUIET)
list(APPEND NONO_C_FLAGS ${NONO_SANITIZE_FLAGS})
list(APPEND NONO_LINK_FLAGS ${NONO_SANITIZE_FLAGS})

function(nono_flags target)
    target_compile_options(${target} PRIVATE ${NONO_C_FLAGS} $<$<BOOL:${NONO_WERROR}>:-Werror>)
    target_compile_definitions(${target} PRIVATE _GNU_SOURCE _FILE_OFFSET_BITS=64)
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}")
    target_link_options(${target} PRIVATE ${NONO_LINK_FLAGS})
    # What is banned in the product a test may need.
    set(tests "${PROJECT_SOURCE_DIR}/tests")
    cmake_path(IS_PREFIX tests "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE is_test)
    if(NOT is_test)
        target_compile_options(${target} PRIVATE "SHELL:-include \"${PROJECT_SOURCE_DIR}/core/banned.h\"")
    endif()
endfunction()
