// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdio>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "child.hpp"
#include "quoit/error.hpp"
#include "scratch_registry.hpp"

/// \file
/// Two unprivileged users, the way setpriv makes them (needs root to become them).

namespace support {

constexpr uid_t alice = 61001;
constexpr uid_t bob = 61002;

/// Becomes that user, with these supplementary groups alone and without capabilities.
inline void become(uid_t user, std::vector<gid_t> const& groups = {}) {
  require(::setgroups(groups.size(), groups.data()) == 0, "setgroups");
  require(::setresgid(user, user, user) == 0, "setresgid");
  require(::setresuid(user, user, user) == 0, "setresuid");
  ::prctl(PR_SET_DUMPABLE, 1);  // as after an exec
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::umask(0077);
}

/// Runs `body` in a process of that user.
inline child as(uid_t user, std::function<int()> const& body, std::vector<gid_t> const& groups = {}) {
  return child([&] {
    become(user, groups);
    return body();
  });
}

/// In a child: 0 if `f` fails with this code and all these words.
template <class Code, class F>
int fails(Code code, F&& f, std::initializer_list<std::string> words) {
  try {
    f();
  } catch (quoit::error const& e) {
    std::string const text = e.what();
    if (e.code() != code) return std::fprintf(stderr, "another code: %s\n", e.what()), 1;
    for (auto const& w : words) {
      if (text.find(w) == std::string::npos) return std::fprintf(stderr, "no '%s': %s\n", w.c_str(), e.what()), 1;
    }
    return 0;
  }
  return std::fprintf(stderr, "no error\n"), 1;
}

inline bool cannot_become_others() {
  if (::geteuid() != 0) BOOST_TEST_MESSAGE("SKIPPED: only root can become other users");
  return ::geteuid() != 0;
}

/// A directory that all may use, as /dev/shm is.
struct common_registry : scratch_registry {
  common_registry() { ::chmod(path().c_str(), 01777); }
};

}  // namespace support
