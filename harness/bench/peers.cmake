# The peers whose packages are here: a module BUILD/weir-peer-NAME.so each, which weir loads by name. The list
# that weir knows them by is impl/peer/peers.h.

# weir_peer(NAME c|cpp FOUND [LIBRARY...]): nothing when FOUND is false.
function(weir_peer PEER language found)
  if(NOT found OR (language STREQUAL "cpp" AND NOT CMAKE_CXX_COMPILER))
    set_property(GLOBAL APPEND PROPERTY WEIR_PEERS_MISSING ${PEER})
    return()
  endif()
  set(suffix h)
  if(language STREQUAL "cpp")
    set(suffix hpp)
  endif()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/peer_${PEER}.${language})
  configure_file(peer.in ${source} @ONLY)
  add_library(weir-peer-${PEER} MODULE ${source})
  target_link_libraries(weir-peer-${PEER} PRIVATE weir_wait ${ARGN})
  target_link_options(weir-peer-${PEER} PRIVATE LINKER:--exclude-libs,ALL)
  set_target_properties(weir-peer-${PEER} PROPERTIES PREFIX "" C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
                        CXX_STANDARD 17 CXX_EXTENSIONS OFF LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  set_property(GLOBAL APPEND PROPERTY WEIR_PEERS_BUILT ${PEER})
endfunction()

find_path(BOOST_LOCKFREE_INCLUDE boost/lockfree/spsc_queue.hpp)
mark_as_advanced(BOOST_LOCKFREE_INCLUDE)

weir_peer(boost_spsc cpp "${BOOST_LOCKFREE_INCLUDE}")
weir_peer(boost_mpmc cpp "${BOOST_LOCKFREE_INCLUDE}")

get_property(built GLOBAL PROPERTY WEIR_PEERS_BUILT)
get_property(missing GLOBAL PROPERTY WEIR_PEERS_MISSING)
list(JOIN built " " built)
list(JOIN missing " " missing)
message(STATUS "Peers to compare with: ${built}")
if(missing)
  message(STATUS "Peers whose packages are missing ('make peers' installs them): ${missing}")
endif()
