// SPDX-License-Identifier: BSL-1.0
#include "mirror/memfd_object.hpp"

#include <cerrno>
#include <fstream>

#include <linux/memfd.h>

#include <fmt/format.h>

#include "system/calls.hpp"
#include "system/fail.hpp"
#include "system/no_fork.hpp"
#include "system/step.hpp"

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

/// The kernel gives a lease for writing to an open file description only if there is no other that was opened, and a
/// mapping keeps the one it was made from. It does not count what memfd_create(2) gave, by which we have mapped it; so
/// the lease is asked for one that is opened for this.
void require_no_other(int fd) {
  constexpr auto* doing = "make sure that nobody else can write the data (F_SETLEASE)";
  sys::no_fork const guard;
  auto const path = fmt::format("/proc/self/fd/{}", fd);
  sys::descriptor const again(sys::open_at(AT_FDCWD, path.c_str(), O_RDWR));
  if (!again) fail_errno({.doing = doing, .path = path});
  if (sys::lease(again.get(), F_WRLCK) == 0) {
    sys::lease(again.get(), F_UNLCK);  // if not now, then when it is closed
    return;
  }
  if (errno == EAGAIN || errno == EBUSY) {
    fail(errc::busy, {.doing = doing,
                      .expected = "data that this process alone has open until it is sealed",
                      .found = "somebody who has opened it by /proc before it was sealed",
                      .advice = "find out who of this user does so, and try again"});
  }
  fail_errno({.doing = doing,
              .advice = errno == EINVAL ? "set fs.leases-enable to 1 (sysctl), or leave creator_only out" : ""});
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

void seal_for_creator(int fd) {
  if (sys::add_seals(fd, creator_seals) != 0) {
    fail_errno({.doing = "seal the data against all writers but its creator (F_SEAL_FUTURE_WRITE)",
                .advice = errno == EINVAL ? "leave creator_only out: this kernel is older than Linux 5.1" : ""});
  }
  QUOIT_STEP(data_sealed);
  require_no_other(fd);
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
