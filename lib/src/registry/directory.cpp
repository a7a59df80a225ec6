// SPDX-License-Identifier: BSL-1.0
#include "registry/directory.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <dirent.h>
#include <unistd.h>

#include <fmt/format.h>

#include "system/fail.hpp"

namespace quoit::registry {

namespace {

constexpr auto* doing = "use the registry directory";

[[noreturn]] void distrust(std::string const& path, std::string expected, std::string found, std::string advice) {
  fail(errc::untrusted, {.doing = doing,
                         .path = path,
                         .expected = std::move(expected),
                         .found = std::move(found),
                         .advice = std::move(advice)});
}

struct choice {
  std::string path;
  bool is_default;
};

choice choose() {
  char const* const named = ::secure_getenv("QUOIT_RUNTIME_DIR");
  if (named == nullptr || *named == '\0') return {fmt::format("/dev/shm/quoit-{}", ::geteuid()), true};
  std::string path(named);
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (!path.starts_with('/')) {
    distrust(path, "an absolute path in QUOIT_RUNTIME_DIR", "a relative one", "set it to an absolute path");
  }
  return {path, false};
}

void require_default(struct stat const& st, std::string const& path) {
  auto const advice = "move it away, or set QUOIT_RUNTIME_DIR to a directory of your own";
  if (st.st_uid != ::geteuid()) {
    distrust(path, fmt::format("owner {}", ::geteuid()), fmt::format("owner {}", st.st_uid), advice);
  }
  if ((st.st_mode & 0077U) != 0) {
    distrust(path, "mode 0700", fmt::format("mode {:04o}", st.st_mode & 07777U), advice);
  }
}

void require_named(struct stat const& st, std::string const& path) {
  if (st.st_uid != ::geteuid() && st.st_uid != 0) {
    distrust(path, fmt::format("owner {} or 0", ::geteuid()), fmt::format("owner {}", st.st_uid),
             "set QUOIT_RUNTIME_DIR to a directory of your own or of root");
  }
  if ((st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0) {
    distrust(path, "not writable by all, or else sticky", fmt::format("mode {:04o}", st.st_mode & 07777U),
             "chmod o-w, or chmod +t");
  }
}

}  // namespace

directory directory::open() {
  auto const [path, is_default] = choose();
  if (sys::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    fail_errno({.doing = doing,
                .path = path,
                .advice = "make the directory above it, or set QUOIT_RUNTIME_DIR to a directory of your own"});
  }
  // The default one is in a place where anybody may put things: it must not be a link to somewhere else.
  int const flags = O_RDONLY | O_DIRECTORY | (is_default ? O_NOFOLLOW : 0);
  sys::descriptor fd(sys::open_at(AT_FDCWD, path.c_str(), flags));
  if (!fd) {
    int const e = errno;
    if (e == ELOOP || e == ENOTDIR) {
      distrust(path, "a directory", "a symbolic link or another kind of file",
               "set QUOIT_RUNTIME_DIR to a directory of your own");
    }
    struct stat closed {};
    if (e == EACCES && sys::fstat_at(AT_FDCWD, path.c_str(), &closed, AT_SYMLINK_NOFOLLOW) == 0) {
      is_default ? require_default(closed, path) : require_named(closed, path);
    }
    fail_errno(e, {.doing = doing, .path = path});
  }
  struct stat st {};
  if (sys::fstat(fd.get(), &st) != 0) fail_errno({.doing = doing, .path = path});
  is_default ? require_default(st, path) : require_named(st, path);
  return {std::move(fd), path};
}

bool directory::has_file_of_another(std::string const& file) const noexcept {
  struct stat st {};
  return sys::fstat_at(fd_.get(), file.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
         st.st_uid != 0 && st.st_uid != ::geteuid();
}

void directory::require_changeable(int file, std::string const& path) const {
  error_facts facts{.doing = "change what a channel name leads to", .path = path};
  struct stat own {};
  struct stat st {};
  if (sys::fstat(fd_.get(), &own) != 0 || sys::fstat(file, &st) != 0) fail_errno(std::move(facts));
  auto const we = ::geteuid();
  if ((own.st_mode & S_ISVTX) == 0 || we == 0 || we == own.st_uid || we == st.st_uid) return;
  facts.expected = fmt::format("to be user {}, {} or 0: the directory is sticky", st.st_uid, own.st_uid);
  facts.found = fmt::format("user {}", we);
  facts.advice = "who made the channel has to do it";
  fail_errno(EPERM, std::move(facts));
}

std::vector<std::string> directory::files() const {
  error_facts facts{.doing = "list the registry directory", .path = path_};
  sys::descriptor again(sys::open_at(fd_.get(), ".", O_RDONLY | O_DIRECTORY));
  if (!again || !sys::permitted(sys::call::readdir_)) fail_errno(std::move(facts));
  std::unique_ptr<DIR, int (*)(DIR*)> const stream(::fdopendir(again.get()), ::closedir);
  if (!stream) fail_errno(std::move(facts));
  again.forget();  // the stream owns it now
  std::vector<std::string> names;
  while (auto const* e = ::readdir(stream.get())) {
    std::string name(e->d_name);
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace quoit::registry
