// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include "channel/attachment.hpp"
#include "quoit/keeper.hpp"
#include "registry/entry.hpp"
#include "registry/keeper_socket.hpp"
#include "registry/leave.hpp"
#include "system/no_fork.hpp"

namespace quoit::detail {

/// The inside of a keeper. In a fork child it is left as it is, never destroyed.
class keeper_core {
 public:
  keeper_core(std::shared_ptr<attachment> a, keeping how);
  keeper_core(keeper_core const&) = delete;
  keeper_core& operator=(keeper_core const&) = delete;
  ~keeper_core();

  void serve() noexcept;
  void interrupt() noexcept;

  bool is_own() const noexcept { return sys::is_own(attachment_->mark()); }
  bool has_thread() const noexcept { return thread_.joinable(); }
  std::string path() const { return socket_.path(); }
  keeper::tally counts() const noexcept;

 private:
  /// An answer that was given and not taken yet: its descriptors count against a limit of this user (RLIMIT_NOFILE)
  /// for as long, so it is kept in mind.
  struct untaken {
    uid_t user;
    sys::unshared_descriptor socket;
  };

  bool accept();
  void forget_taken();
  registry::verdict decide(sys::credentials const& who) const;
  void answer(sys::descriptor socket);
  bool give(int socket, registry::verdict what) const;

  std::shared_ptr<attachment> attachment_;
  registry::entry entry_;
  sys::unshared_descriptor wake_;
  registry::keeper_socket socket_;
  std::list<untaken> untaken_;
  std::atomic<bool> is_interrupted_{false};
  std::atomic<std::uint64_t> served_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::thread thread_;
};

}  // namespace quoit::detail
