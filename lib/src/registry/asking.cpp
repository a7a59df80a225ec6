// SPDX-License-Identifier: BSL-1.0
#include "registry/asking.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>

#include "registry/directory.hpp"
#include "registry/keeper_socket.hpp"
#include "system/deadline.hpp"
#include "system/fail.hpp"
#include "system/step.hpp"
#include "system/unix_socket.hpp"

namespace quoit::registry {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds patience_with_keepers = 2s;
constexpr int before_asking_again_ms = 10;
constexpr std::size_t most_asked = 16;
constexpr std::size_t most_tried = 512;  // dead ones among them, which killed keepers leave until somebody sweeps
constexpr std::size_t most_told = 4;

/// One keeper, and how far we are with it.
struct asked {
  std::string file;
  sys::descriptor socket;
  pid_t pid;
  std::string obstacle;  ///< Why it is of no use; empty as long as it may be.
  bool is_busy = false;  ///< It has asked for patience.
};

/// Asks all keepers at once, so that a stopped one does not stand in the way of another. Those that refuse are not
/// counted among those that are asked. Sockets of others than the owner, whom anybody may be, are not even tried.
class inquiry {
 public:
  inquiry(entry const& e, description const& d, mirror::access mode);

  segment::objects wait();
  std::string obstacles() const;

 private:
  bool is_trusted(uid_t owner) const noexcept { return owner == owner_ || owner == ::geteuid() || owner == 0; }
  void connect(asked& k) const;
  void note_useless(asked const& k);
  segment::objects hear(asked& k) const;
  segment::objects take(asked& k, sys::received&& r, keeper_answer const& a) const;
  bool is_good(int fd, sys::file_id wanted) const;

  directory dir_;
  description const* what_;
  mirror::access mode_;
  uid_t owner_ = 0;  // of the registry file
  std::vector<asked> all_;
  std::string useless_;  // those that have refused
  std::size_t number_of_useless_ = 0;
  std::string others_;
};

inquiry::inquiry(entry const& e, description const& d, mirror::access mode)
    : dir_(directory::open()), what_(&d), mode_(mode) {
  struct stat st {};
  if (sys::fstat(e.fd(), &st) != 0) fail_errno({.doing = "look at a registry file", .path = e.path()});
  owner_ = st.st_uid;
  for (auto const& file : dir_.files()) {
    if (!is_keeper_of(file, d.uuid)) continue;
    if (all_.size() == most_asked || all_.size() + number_of_useless_ == most_tried) break;
    if (sys::fstat_at(dir_.fd(), file.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (S_ISSOCK(st.st_mode) && is_trusted(st.st_uid)) {
      asked k{.file = file, .socket = {}, .pid = 0, .obstacle = {}};
      connect(k);
      if (k.obstacle.empty()) {
        all_.push_back(std::move(k));
      } else {
        note_useless(k);
      }
    } else {
      others_ = fmt::format("; {}: put there by user {}", file, st.st_uid);  // one of them is enough to be told
    }
  }
}

void inquiry::note_useless(asked const& k) {
  if (++number_of_useless_ <= most_told) useless_ += fmt::format("; keeper {}: {}", k.file, k.obstacle);
}

void inquiry::connect(asked& k) const {
  sys::descriptor socket(sys::unix_socket());
  if (!socket) fail_errno({.doing = "ask a keeper for the channel's memory", .path = dir_.path_of(k.file)});
  if (sys::connect_in(dir_.fd(), k.file, socket.get()) != 0) {
    switch (errno) {
      case EAGAIN:
      case EINTR: return;
      case ECONNREFUSED: k.obstacle = "nobody listens: it was killed"; return;
      case EACCES:
      case EPERM: k.obstacle = fmt::format("user {} may not ask it", ::geteuid()); return;
      default: k.obstacle = fmt::format("cannot be asked: {}", std::generic_category().message(errno)); return;
    }
  }
  QUOIT_STEP(keeper_asked);
  sys::credentials who;
  if (sys::peer_of(socket.get(), who) != 0 || !is_trusted(who.user)) {
    k.obstacle = fmt::format("user {} listens there", who.user);
  }
  k.pid = who.pid;
  k.socket = std::move(socket);
}

/// Whether this is that object, opened for what we want to do with it.
bool inquiry::is_good(int fd, sys::file_id wanted) const {
  int const flags = sys::get_flags(fd);
  if (flags < 0 || (flags & O_PATH) != 0 || sys::identify(fd) != wanted) return false;
  int const how = flags & O_ACCMODE;
  return how == O_RDWR || (how == O_RDONLY && mode_ == mirror::access::read_only);
}

segment::objects inquiry::take(asked& k, sys::received&& r, keeper_answer const& a) const {
  if (r.bytes == 0) {
    k.obstacle = "it closed the connection without an answer";
  } else if (r.bytes != static_cast<ssize_t>(sizeof a) || a.magic != answer_magic || r.is_cut) {
    k.obstacle = "not an answer that this version knows";
  } else if (a.what == verdict::busy) {
    k.is_busy = true;
    k.socket.reset();  // and then once more
  } else if (a.what == verdict::refused) {
    k.obstacle = fmt::format("user {} may not use the channel", ::geteuid());
  } else if (a.what == verdict::unable) {
    k.obstacle = "it has lost its descriptors";
  } else if (a.what == verdict::read && mode_ == mirror::access::read_write) {
    k.obstacle = fmt::format("user {} may only look at the channel", ::geteuid());
  } else if (r.descriptors.size() != 2 || !is_good(r.descriptors[0].get(), what_->header) ||
             !is_good(r.descriptors[1].get(), what_->data)) {
    k.obstacle = "what it handed over is not the channel's memory";
  } else {
    segment::objects o;
    o.header = std::move(r.descriptors[0]);
    if (what_->rules.backing != segment::backing_file) o.data = std::move(r.descriptors[1]);
    return o;
  }
  return {};
}

segment::objects inquiry::hear(asked& k) const {
  keeper_answer a{};
  auto r = sys::receive_with(k.socket.get(), std::as_writable_bytes(std::span(&a, 1)));
  if (r.bytes < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (r.bytes < 0) r.bytes = 0;  // it was reset
  QUOIT_STEP(keeper_heard);
  return take(k, std::move(r), a);
}

segment::objects inquiry::wait() {
  sys::deadline const limit(patience_with_keepers);
  std::vector<pollfd> polled;
  for (;;) {
    polled.clear();
    auto most = patience_with_keepers.count();
    bool any = false;
    for (auto& k : all_) {
      if (k.obstacle.empty() && !k.socket) connect(k);
      bool const open = k.obstacle.empty();
      if (open && !k.socket) most = before_asking_again_ms * 1'000'000;
      any = any || open;
      polled.push_back({open ? k.socket.get() : -1, POLLIN, 0});
    }
    if (!any || limit.is_over()) return {};
    auto const ms = static_cast<int>((limit.left(most) + 999'999) / 1'000'000);
    if (sys::poll(polled.data(), static_cast<unsigned>(polled.size()), ms) < 0) {
      if (errno == EINTR) continue;
      fail_errno({.doing = "wait for a keeper's answer", .path = dir_.path()});
    }
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (polled[i].revents == 0) continue;
      if (auto o = hear(all_[i])) return o;
      if (!all_[i].socket) sys::poll(nullptr, 0, before_asking_again_ms);
    }
  }
}

std::string inquiry::obstacles() const {
  if (all_.empty() && number_of_useless_ == 0) return "; there is no keeper" + others_;
  auto text = useless_;
  if (number_of_useless_ > most_told) text += fmt::format("; {} more of that kind", number_of_useless_ - most_told);
  for (auto const& k : all_) {
    text += fmt::format("; keeper {}: ", k.file);
    if (!k.obstacle.empty()) {
      text += k.obstacle;
    } else if (k.is_busy || !k.socket) {
      text += "no answer within 2 seconds: too many ask it";
    } else {
      text += fmt::format("no answer within 2 seconds: is it (pid {}) stopped?", k.pid);
    }
  }
  return text + others_;
}

}  // namespace

segment::objects ask_keepers(entry const& e, description const& d, mirror::access mode, std::string& why) {
  inquiry keepers(e, d, mode);
  auto o = keepers.wait();
  if (!o) why += keepers.obstacles();
  return o;
}

}  // namespace quoit::registry
