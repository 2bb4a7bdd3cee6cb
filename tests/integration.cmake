# Integration tests: real programs, real mail servers. One file is one ctest test; each runs alone too:
#   POSTWACHT_BIN_DIR=build/dev/bin python3 tests/integration/test_postfix.py
# Included from tests/CMakeLists.txt.

# The benchmark's baseline, and the harness's stand-in for a milter.
pkg_check_modules(PKG_MILTER REQUIRED IMPORTED_TARGET milter)
add_executable(noop_milter bench/noop_milter.cpp)
target_link_libraries(noop_milter PRIVATE postwacht_options PkgConfig::PKG_MILTER Threads::Threads)
# The clock on the wall, as somebody sets it. No sanitizer bears to be loaded behind it.
if(NOT POSTWACHT_SANITIZE)
  add_library(shifted_clock MODULE support/shifted_clock.cpp)
  target_link_libraries(shifted_clock PRIVATE postwacht_options)
  set_target_properties(shifted_clock PROPERTIES PREFIX ""
    LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
endif()
# What the sandbox is compared with.
add_executable(extract_in_process bench/extract_in_process.cpp)
target_link_libraries(extract_in_process PRIVATE postwacht_options postwacht_formats)
add_executable(extract_pool bench/extract_pool.cpp)
target_link_libraries(extract_pool PRIVATE postwacht_options postwacht_formats postwacht_worker)
# How well words in pictures are recognised.
add_executable(scan_quality bench/scan_quality.cpp)
target_link_libraries(scan_quality PRIVATE postwacht_options postwacht_formats)
add_executable(letter_cost bench/letter_cost.cpp)
target_link_libraries(letter_cost PRIVATE postwacht_options postwacht_programs)
# Many letters in one process, for the measure of quality.
add_executable(judge_letters bench/judge_letters.cpp)
target_link_libraries(judge_letters PRIVATE postwacht_options postwacht_programs)
# A policy by itself.
add_executable(judge_facts bench/judge_facts.cpp)
target_link_libraries(judge_facts PRIVATE postwacht_options postwacht_policy)
add_executable(policy_cost bench/policy_cost.cpp)
target_link_libraries(policy_cost PRIVATE postwacht_options postwacht_policy)
# What looking somebody up costs.
add_executable(registry_lookup bench/registry_lookup.cpp)
target_link_libraries(registry_lookup PRIVATE postwacht_options postwacht_registry)
set_target_properties(noop_milter extract_in_process extract_pool letter_cost judge_letters judge_facts policy_cost
  registry_lookup scan_quality PROPERTIES
  RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")

set(names attachments scans harness protocol concurrency crash faults mta_hold postfix bad_input postgresql privacy registry
  replay review review_sender runs sendmail)
if(NOT POSTWACHT_SANITIZE)
  # These measure memory and time, which a sanitizer takes of its own; the demo builds a release of its
  # own, which no sanitizer reaches; the roll-out runs under strace, which none bears, and review is
  # killed by it, and has its clock shifted by a library that is loaded before a sanitizer's.
  list(APPEND names bombs demo head_of_line review_killed rollout)
  # What these ask of the programs, others ask of sanitized ones.
  list(APPEND names automatic_review letters lookback review_faults)
  set(slowness 1)
else()
  set(slowness 4)
endif()

set(sanitizer_options "")
if(POSTWACHT_SANITIZE STREQUAL "thread")
  # Where a signal or an end cuts processes off there is nothing for it to see, nor in a worker, which
  # has one thread; unit_worker tries the pool.
  list(REMOVE_ITEM names attachments scans harness crash bad_input mta_hold registry replay runs)
  set(sanitizer_options
    ";TSAN_OPTIONS=suppressions=\"${CMAKE_CURRENT_SOURCE_DIR}/support/tsan.supp\"")
endif()

foreach(name IN LISTS names)
  add_test(NAME integration_${name}
    COMMAND ${POSTWACHT_PYTHON} -B "${CMAKE_CURRENT_SOURCE_DIR}/integration/test_${name}.py")
  set_tests_properties(integration_${name} PROPERTIES LABELS integration TIMEOUT 900
    # What the system does not allow (no mount namespaces in a plain chroot) must not count as passed.
    SKIP_REGULAR_EXPRESSION "Ran 0 tests[^F]*OK .skipped="
    ENVIRONMENT "POSTWACHT_BIN_DIR=${PROJECT_BINARY_DIR}/bin;POSTWACHT_TEST_SLOWNESS=${slowness};POSTWACHT_DOWNLOADS=${PROJECT_SOURCE_DIR}/build/downloads${sanitizer_options}")
endforeach()

# These load the machine or measure time, and are better alone.
set_tests_properties(integration_concurrency PROPERTIES RUN_SERIAL ON)
if(TEST integration_bombs)
  set_tests_properties(integration_bombs PROPERTIES RUN_SERIAL ON)
endif()
if(TEST integration_head_of_line)
  set_tests_properties(integration_head_of_line integration_demo PROPERTIES RUN_SERIAL ON)
endif()
