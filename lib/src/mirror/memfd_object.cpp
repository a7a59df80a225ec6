// SPDX-License-Identifier: BSL-1.0
#include "mirror/memfd_object.hpp"

#include <cerrno>

#include <linux/memfd.h>

#include <fmt/format.h>

#include "system/calls.hpp"
#include "system/fail.hpp"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

namespace quoit::mirror {

sys::descriptor make_memfd(std::string const& name, std::uint64_t size) {
  constexpr unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  sys::descriptor fd(sys::memfd_create(name.c_str(), flags | MFD_NOEXEC_SEAL));
  if (!fd && errno == EINVAL) fd = sys::descriptor(sys::memfd_create(name.c_str(), flags));  // before Linux 6.3
  error_facts facts{.doing = "make a memfd", .path = name, .expected = fmt::format("{} bytes", size)};
  if (!fd) fail_errno(std::move(facts));
  facts.doing = "restrict a memfd to its user (fchmod)";
  if (sys::fchmod(fd.get(), 0600) != 0) fail_errno(std::move(facts));
  take_all(fd.get(), size, facts);
  facts.doing = "seal a memfd";
  if (sys::add_seals(fd.get(), memfd_seals) != 0) fail_errno(std::move(facts));
  return fd;
}

void take_all(int fd, std::uint64_t size, error_facts facts) {
  facts.doing = "set the size of shared memory (ftruncate)";
  if (sys::ftruncate(fd, static_cast<off_t>(size)) != 0) fail_errno(std::move(facts));
  facts.doing = "take the memory of it (fallocate)";
  int result = 0;
  do {
    result = sys::fallocate(fd, static_cast<off_t>(size));
  } while (result != 0 && errno == EINTR);
  if (result != 0) fail_errno(std::move(facts));
}

}  // namespace quoit::mirror
