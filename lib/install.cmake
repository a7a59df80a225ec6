# What `cmake --install` puts where, and what a package manager gets from it.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS quoit EXPORT quoit-targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(DIRECTORY include/quoit DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/quoit)
configure_package_config_file(quoit-config.cmake.in quoit-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(quoit-config-version.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT quoit-targets NAMESPACE quoit:: DESTINATION ${package_dir} COMPONENT development)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/quoit-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/quoit-config-version.cmake
  DESTINATION ${package_dir} COMPONENT development)

# Relative to where the file lies, as `cmake --install --prefix` and packages put it elsewhere than configured.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(quoit_pc_prefix ${CMAKE_INSTALL_PREFIX})
else()
  file(RELATIVE_PATH to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  set(quoit_pc_prefix "\${pcfiledir}/${to_prefix}")
endif()
configure_file(quoit.pc.in quoit.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/quoit.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT library)

if(PROJECT_IS_TOP_LEVEL)
  set(CPACK_PACKAGE_NAME quoit)
  set(CPACK_PACKAGE_CONTACT "The Quoit developers <quoit@example.org>")
  set(CPACK_PACKAGE_VENDOR Quoit)
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
  set(CPACK_COMPONENTS_ALL library development)
  if(QUOIT_CLI)
    list(APPEND CPACK_COMPONENTS_ALL tool)
  endif()
  set(CPACK_GENERATOR DEB)
  set(CPACK_DEB_COMPONENT_INSTALL ON)
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_CURRENT_BINARY_DIR})  # our own library, for the tool
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libquoit${PROJECT_VERSION_MAJOR})
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_SOURCE_DIR}/triggers)
  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libquoit-dev)
  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
  set(CPACK_DEBIAN_TOOL_PACKAGE_NAME quoit)
  set(CPACK_DEBIAN_TOOL_PACKAGE_SECTION utils)
  set(CPACK_COMPONENT_TOOL_DESCRIPTION "Named channels over a shared ring of memory: the command-line tool")
  set(CPACK_COMPONENT_TOOL_DEPENDS library)
  set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "Named channels over a shared ring of memory: the library")
  set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "Named channels over a shared ring of memory: headers and build files")
  set(CPACK_COMPONENT_DEVELOPMENT_DEPENDS library)
  include(CPack)
endif()
