# SPDX-License-Identifier: Apache-2.0
# cmake -DOUT=FILE.c [-DLIBRARY=FOLDER] -DSTYLES=A,B -DSCRIPTS=A,B -P embed.cmake
# Joins what a browser gets into two texts, styles and scripts, and writes them as C arrays, each with its hash for
# the page's Content-Security-Policy: nothing else may run in it. LIBRARY: the plotting library's folder, none when
# empty; its licence stands in front of it.

function(base64 hex out)
  set(letters ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/)
  set(text "")
  foreach(at RANGE 0 60 6) # 32 bytes: ten groups of three, one of two
    string(SUBSTRING "${hex}0000" ${at} 6 group)
    foreach(shift 18 12 6 0)
      math(EXPR index "(0x${group} >> ${shift}) & 63")
      string(SUBSTRING ${letters} ${index} 1 letter)
      string(APPEND text ${letter})
    endforeach()
  endforeach()
  string(SUBSTRING ${text} 0 43 text)
  set(${out} "${text}=" PARENT_SCOPE)
endfunction()

# write_text(NAME FILE...): appends NAME and NAME_hash to OUT
function(write_text name)
  set(joined ${OUT}.${name})
  file(WRITE ${joined} "")
  foreach(file ${ARGN})
    file(READ ${file} text)
    file(APPEND ${joined} "${text}")
  endforeach()
  file(SHA256 ${joined} hex)
  base64(${hex} hash)
  file(READ ${joined} bytes HEX)
  string(LENGTH "${bytes}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  file(APPEND ${OUT} "const struct page_asset ${name} = {(const unsigned char[]){\n${bytes}0}, ${size}, \"sha256-${hash}\"};\n")
endfunction()

string(REPLACE "," ";" styles "${STYLES}")
string(REPLACE "," ";" scripts "${SCRIPTS}")
file(WRITE ${OUT} "#include \"page/assets.h\"\n")
if(LIBRARY)
  file(READ ${LIBRARY}/LICENSE licence)
  file(WRITE ${OUT}.licence.css "/* uPlot\n${licence}*/\n")
  file(WRITE ${OUT}.licence.js "/* uPlot\n${licence}*/\n")
  list(PREPEND styles ${OUT}.licence.css ${LIBRARY}/dist/uPlot.min.css)
  list(PREPEND scripts ${OUT}.licence.js ${LIBRARY}/dist/uPlot.iife.min.js)
  file(APPEND ${OUT} "const bool page_library = true;\n")
else()
  file(APPEND ${OUT} "const bool page_library = false;\n")
endif()
write_text(page_style ${styles})
write_text(page_script ${scripts})
