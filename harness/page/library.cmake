# SPDX-License-Identifier: Apache-2.0
# page_library(OUT): brings the plotting library that package-lock.json names into the build folder, once for each
# version of that file. OUT is its folder, or empty when there is no npm or it cannot fetch: then weir is built
# without it, and its report pages have no plots. npm reads the registry from its own configuration, as ever.
function(page_library out)
  set(${out} "" PARENT_SCOPE)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/npm)
  set(library ${folder}/node_modules/uplot)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/package-lock.json)
  file(SHA256 ${CMAKE_CURRENT_SOURCE_DIR}/package-lock.json wanted)
  set(there "")
  if(EXISTS ${folder}/installed)
    file(READ ${folder}/installed there)
  endif()
  if(NOT there STREQUAL wanted)
    find_program(WEIR_NPM npm DOC "npm, which brings the plotting library of the report page")
    if(NOT WEIR_NPM)
      message(WARNING "No npm: report pages (weir report -o) will have no plots. On Debian: apt-get install npm")
      return()
    endif()
    file(REMOVE_RECURSE ${folder})
    file(COPY package.json package-lock.json .npmrc DESTINATION ${folder})
    execute_process(COMMAND ${WEIR_NPM} ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-timeout=20000
                    WORKING_DIRECTORY ${folder} RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said
                    TIMEOUT 120)
    if(failed OR NOT EXISTS ${library}/dist/uPlot.iife.min.js)
      message(WARNING "npm could not fetch the plotting library, so report pages (weir report -o) will have no plots. "
                      "Run cmake again to try again. npm said:\n${said}")
      return()
    endif()
    file(WRITE ${folder}/installed ${wanted})
  endif()
  set(${out} ${library} PARENT_SCOPE)
endfunction()
