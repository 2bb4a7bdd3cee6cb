# Compiler settings shared by every target: the language, the warnings, the sanitizers.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(POSTWACHT_TESTS "Build the tests" ON)
option(POSTWACHT_FUZZ "Build the fuzz targets (clang only)" OFF)
option(POSTWACHT_WERROR "Treat warnings as errors" ON)
set(POSTWACHT_SANITIZE "" CACHE STRING "Sanitizers for every target: address,undefined or thread")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

# ccache is used where it is installed; a build without it is only slower.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

add_library(postwacht_options INTERFACE)
target_compile_options(postwacht_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor
  $<$<BOOL:${POSTWACHT_WERROR}>:-Werror>
  # At -O3 GCC 12 sees overlapping copies inside std::string that are not there (its bug 105651).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  -fstack-protector-strong)
target_compile_definitions(postwacht_options INTERFACE
  $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
target_link_options(postwacht_options INTERFACE -Wl,-z,relro,-z,now)

if(POSTWACHT_SANITIZE)
  target_compile_options(postwacht_options INTERFACE
    -fsanitize=${POSTWACHT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
    -U_FORTIFY_SOURCE
    # Compiled three times for every check, so no more optimisation and symbols than a trace needs.
    -O1 -g1
    # GCC 12 sees uninitialised values in <regex> and <optional> where sanitizers split the code.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(postwacht_options INTERFACE -fsanitize=${POSTWACHT_SANITIZE})
endif()
if(POSTWACHT_FUZZ)
  target_compile_options(postwacht_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
