// SPDX-License-Identifier: BSL-1.0
#include "mirror/memfd_object.hpp"

#include <cerrno>
#include <fstream>

#include <linux/memfd.h>

#include <fmt/format.h>

#include "system/calls.hpp"
#include "system/fail.hpp"

#ifndef MFD_HUGE_2MB
#define MFD_HUGE_2MB (21U << 26U)
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

namespace quoit::mirror {

namespace {

constexpr std::uint64_t huge_page = std::uint64_t{1} << 21U;

std::string free_huge_pages() {
  std::string free = "?";
  std::string all = "?";
  std::ifstream("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages") >> free;
  std::ifstream("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages") >> all;
  return fmt::format("{} free of {}", free, all);
}

}  // namespace

sys::descriptor make_memfd(std::string const& name, std::uint64_t size, pages p, sealing s, mode_t mode) {
  error_facts facts{.doing = "make a memfd", .path = name, .expected = fmt::format("{} bytes", size)};
  unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  if (p == pages::huge) {
    flags |= MFD_HUGETLB | MFD_HUGE_2MB;
    facts.expected = fmt::format("{} huge pages of 2 MiB", size / huge_page);
    facts.found = free_huge_pages();
    facts.advice = "raise vm.nr_hugepages (sysctl), or accept ordinary memory (or_memfd)";
  }
  sys::descriptor fd(sys::memfd_create(name.c_str(), flags | MFD_NOEXEC_SEAL));
  if (!fd && errno == EINVAL) fd = sys::descriptor(sys::memfd_create(name.c_str(), flags));  // before Linux 6.3
  if (!fd) fail_errno(std::move(facts));
  facts.doing = "say who may use a memfd (fchmod)";
  if (sys::fchmod(fd.get(), mode) != 0) fail_errno(std::move(facts));
  take_all(fd.get(), size, facts);
  facts.doing = "seal a memfd";
  int const seals = s == sealing::done ? memfd_seals : memfd_seals & ~F_SEAL_SEAL;
  if (sys::add_seals(fd.get(), seals) != 0) fail_errno(std::move(facts));
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
