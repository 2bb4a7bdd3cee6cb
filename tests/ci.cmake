# Writes the test list of the full check (tests/run --ci): the dev build's own tests one by one, and
# each other build, fuzz target and source check as one test. A script: cmake -DSOURCE -DOUTPUT
# -DFUZZ_SECONDS -DTHREADED=room|room... -P.
cmake_minimum_required(VERSION 3.25)

set(list "# Written by tests/ci.cmake.\nsubdirs(\"${SOURCE}/build/dev\")\n")

# check(NAME TIMEOUT PROPERTIES COMMAND ...): the command runs in the source folder.
function(check name timeout properties)
  set(words "")
  foreach(word IN LISTS ARGN)
    string(APPEND words " [==[${word}]==]")
  endforeach()
  string(APPEND list "add_test([==[${name}]==]${words})\n"
    "set_tests_properties([==[${name}]==] PROPERTIES TIMEOUT ${timeout} WORKING_DIRECTORY [==[${SOURCE}]==] ${properties})\n")
  set(list "${list}" PARENT_SCOPE)
endfunction()

# AddressSanitizer has all but what looks at the sources: the unit tests and those integration tests that
# concern it. ThreadSanitizer has the unit tests of the rooms with threads or locks, and integration tests
# under load. Each runs its own tests in parallel, so nothing else runs beside it.
check(asan 1800 "RUN_SERIAL ON"
  ctest --preset asan --parallel 2 --label-exclude lint)
# ThreadSanitizer of GCC 12 cannot work with every random address layout; without one it can.
check(tsan 1800 "RUN_SERIAL ON"
  sh -c "setarch -R true && exec setarch -R \"$@\" || exec \"$@\"" sh
  ctest --preset tsan --parallel 2 -R "^unit_(${THREADED})$|^integration_")

# A minute each over the committed corpus; what is found new stays in build/. What reads the mail
# itself is tried every time. Of the formats inside it two have their turn each day.
# PDF has none: poppler crashes within seconds on damaged layer trees, which is what the sandbox is for.
set(never fuzz_pdf)
set(always fuzz_address fuzz_csv fuzz_html fuzz_identifiers fuzz_mime fuzz_people fuzz_policy)
file(GLOB sources RELATIVE "${SOURCE}/tests/fuzz" "${SOURCE}/tests/fuzz/fuzz_*.cpp")
set(rotating "")
foreach(source IN LISTS sources)
  get_filename_component(target "${source}" NAME_WE)
  if(NOT target IN_LIST always AND NOT target IN_LIST never)
    list(APPEND rotating ${target})
  endif()
endforeach()
string(TIMESTAMP day "%j" UTC)
string(REGEX REPLACE "^0+" "" day "${day}")
list(LENGTH rotating count)
set(chosen "")
foreach(source IN LISTS sources)
  get_filename_component(target "${source}" NAME_WE)
  if(target IN_LIST always)
    list(APPEND chosen ${target})
  endif()
endforeach()
if(count GREATER 0)
  foreach(turn 0 1)
    math(EXPR index "(2 * ${day} + ${turn}) % ${count}")
    list(GET rotating ${index} target)
    list(APPEND chosen ${target})
  endforeach()
  list(REMOVE_DUPLICATES chosen)
endif()
foreach(target IN LISTS chosen)
  string(REPLACE "fuzz_" "" corpus "${target}")
  file(MAKE_DIRECTORY "${SOURCE}/build/fuzz/found/${corpus}" "${SOURCE}/build/fuzz/crashes")
  file(GLOB binary "${SOURCE}/build/fuzz/tests/${target}" "${SOURCE}/build/fuzz/bin/${target}")
  if(NOT binary)
    message(FATAL_ERROR "${target} is not built in build/fuzz")
  endif()
  math(EXPR limit "${FUZZ_SECONDS} + 120")
  check(${target} ${limit} ""
    "${binary}" -max_total_time=${FUZZ_SECONDS} -timeout=60 -rss_limit_mb=2048 -print_final_stats=1
    "-artifact_prefix=build/fuzz/crashes/${target}-"
    "build/fuzz/found/${corpus}" "tests/fuzz/corpus/${corpus}")
endforeach()

file(GLOB_RECURSE sources "${SOURCE}/milter/*.cpp" "${SOURCE}/milter/*.hpp"
  "${SOURCE}/tests/*.cpp" "${SOURCE}/tests/*.hpp")
# Two at a time, and what is unchanged since it was clean is skipped. A machine that starts from
# nothing may not get through all sources in its time; then what changed last comes first. The sources
# that are begun at the end of the budget still need theirs.
check(clang_tidy 900 "PROCESSORS 2" tests/lint/tidy --jobs 2 --budget 300)
check(clang_format 120 "" clang-format-14 --dry-run -Werror ${sources})

file(WRITE "${OUTPUT}" "${list}")
