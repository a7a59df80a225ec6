// SPDX-License-Identifier: BSL-1.0
#include "registry/leave.hpp"

#include <algorithm>

namespace quoit::registry {

namespace {

bool is_in(sys::credentials const& who, gid_t group) noexcept {
  if (group == sys::nobody_here) return false;
  return who.group == group || std::find(who.groups.begin(), who.groups.end(), group) != who.groups.end();
}

}  // namespace

leave leave_of(sys::credentials const& who, struct stat const& file) noexcept {
  if (who.user == 0) return leave::read_write;
  bool const owns = who.user == file.st_uid && who.user != sys::nobody_here;
  unsigned const shift = owns ? 6 : is_in(who, file.st_gid) ? 3 : 0;
  unsigned const bits = file.st_mode >> shift;
  if ((bits & S_IROTH) == 0) return leave::none;
  return (bits & S_IWOTH) != 0 ? leave::read_write : leave::read;
}

}  // namespace quoit::registry
