# postwacht_room(NAME SOURCES a.cpp ... ROOMS base ... LIBRARIES lib ... PKGCONFIG mod ...)
#
# One folder is one room is one static library: postwacht_NAME, alias postwacht::NAME.
# ROOMS are the rooms above it that it uses, seen by those who use it in turn.
# LIBRARIES and PKGCONFIG are third-party: private, since no header of ours shows them
# (base is the exception, see ARCHITECTURE.md).
function(postwacht_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;ROOMS;LIBRARIES;PKGCONFIG;PUBLIC_LIBRARIES" ${ARGN})
  add_library(postwacht_${name} STATIC ${ROOM_SOURCES})
  add_library(postwacht::${name} ALIAS postwacht_${name})
  target_include_directories(postwacht_${name} PUBLIC "${PROJECT_SOURCE_DIR}/milter")
  target_link_libraries(postwacht_${name} PRIVATE postwacht_options)
  foreach(room IN LISTS ROOM_ROOMS)
    target_link_libraries(postwacht_${name} PUBLIC postwacht_${room})
  endforeach()
  target_link_libraries(postwacht_${name} PUBLIC ${ROOM_PUBLIC_LIBRARIES} PRIVATE ${ROOM_LIBRARIES})
  foreach(module IN LISTS ROOM_PKGCONFIG)
    string(MAKE_C_IDENTIFIER "PKG_${module}" variable)
    pkg_check_modules(${variable} REQUIRED IMPORTED_TARGET GLOBAL "${module}")
    target_link_libraries(postwacht_${name} PRIVATE PkgConfig::${variable})
  endforeach()
endfunction()
