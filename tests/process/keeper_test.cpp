// SPDX-License-Identifier: BSL-1.0
// Keepers: who is let in, what becomes of openers when a keeper is killed, stopped or hostile, and of keepers when
// those who ask are.
#include <array>
#include <cstring>
#include <filesystem>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <fmt/format.h>

#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "registry/keeper_socket.hpp"
#include "registry/leave.hpp"
#include "resources.hpp"
#include "segment/superblock.hpp"
#include "shared_cell.hpp"
#include "system/unix_socket.hpp"
#include "users.hpp"

using namespace quoit;
using namespace std::chrono_literals;
using support::alice;
using support::as;
using support::bob;
using support::common_registry;
using support::fails;
using body = std::function<int()>;

namespace {

/// A holder that /proc does not show to others of its user.
channel create_hidden(channel_options const& options = {.capacity = 4096}) {
  auto ch = channel::create("x", options);
  ::prctl(PR_SET_DUMPABLE, 0);
  return ch;
}

/// What is to become of the channel's files by an owner who lets others in.
void let_in(channel const& ch, mode_t mode, gid_t group = 0) {
  auto const h = ch.native_handles();
  auto const path = ch.info().name.empty() ? std::string() : channel::list().front().path;
  for (auto const& file : {path, fmt::format("/proc/self/fd/{}", h.header), fmt::format("/proc/self/fd/{}", h.data)}) {
    support::require(::chown(file.c_str(), ::geteuid(), group) == 0, "chown " + file);
    support::require(::chmod(file.c_str(), mode) == 0, "chmod " + file);
  }
}

/// A keeper in a process of its own, for a channel that it creates.
body hidden_keeper(support::gate const& ready) {
  return [&ready] {
    auto const ch = create_hidden();
    auto pub = ch.publisher();
    pub.publish(support::bytes_of("hello"));
    keeper k(ch, keeping::in_serve);
    ready.open();
    k.serve();
    return 0;
  };
}

int says_hello() {
  auto sub = channel::open("x").subscriber({.start = oldest});
  return support::text_of(sub.receive(60s).bytes()) == "hello" ? 0 : 1;
}

/// A channel of alice's that nobody but a keeper shows, and that keeper holds it beside another process.
class kept_by_another {
 public:
  kept_by_another() : holder_(as(alice, [this] { return hold(); })), keeper_(as(alice, [this] { return keep(); })) {
    kept_.pass();
    let_go_.open();
    ready_.pass();
  }
  support::child& keeper_process() { return keeper_; }

 private:
  int hold() const {
    auto const ch = create_hidden();
    auto pub = ch.publisher();
    pub.publish(support::bytes_of("hello"));
    {
      keeper const k(ch);
      made_.open();
      let_go_.pass();
    }
    ready_.open();
    ::pause();
    return 0;
  }
  int keep() const {
    made_.pass();
    auto const ch = channel::open("x");
    ::prctl(PR_SET_DUMPABLE, 0);
    keeper const k(ch);
    kept_.open();
    ::pause();
    return 0;
  }

  support::gate made_;
  support::gate kept_;
  support::gate let_go_;
  support::gate ready_;
  support::child holder_;
  support::child keeper_;
};

/// The directory as a descriptor, and the only keeper's socket in it.
struct found_socket {
  explicit found_socket(support::scratch_registry const& r) : directory(::open(r.path().c_str(), O_PATH | O_CLOEXEC)) {
    for (auto const& e : std::filesystem::directory_iterator(r.path())) {
      if (registry::is_keeper(e.path().filename())) name = e.path().filename();
    }
  }
  sys::descriptor directory;
  std::string name;

  sys::descriptor connect() const {
    sys::descriptor s(sys::unix_socket());
    support::require(sys::connect_in(directory.get(), name, s.get()) == 0, "connect to " + name);
    return s;
  }
};

struct raw_answer {
  registry::keeper_answer answer{};
  sys::received what;
};

raw_answer hear(sys::descriptor const& s) {
  raw_answer r;
  pollfd p{s.get(), POLLIN, 0};
  support::require(::poll(&p, 1, 60'000) == 1, "an answer");
  r.what = sys::receive_with(s.get(), std::as_writable_bytes(std::span(&r.answer, 1)));
  return r;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(keeper_test)

BOOST_AUTO_TEST_CASE(a_holder_that_is_not_dumpable_is_reached_through_its_keeper) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  support::gate ready;
  auto const holder = as(alice, hidden_keeper(ready));
  ready.pass();
  body const open = [] {
    auto const ch = channel::open("x");
    auto const before = support::resources::now();
    {
      auto const other = channel::open("x");
      support::require(other.info().uuid == ch.info().uuid, "the same channel");
    }
    support::require(support::resources::now() == before, "nothing is left");
    support::require(observer::open("x").level().status == status::ok, "observer");
    return says_hello();
  };
  BOOST_TEST(as(alice, open).wait() == 0);
}

BOOST_AUTO_TEST_CASE(its_own_thread_serves_and_ends_with_it) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  support::gate ready;
  support::gate done;
  body const keep = [&] {
    auto const before = support::resources::now();
    {
      auto const ch = create_hidden();
      keeper k(ch);
      support::require(fails(errc::bad_options, [&] { k.serve(); }, {"in_serve"}) == 0, "serve");
      auto moved = std::move(k);
      support::require(k.path().empty(), "moved from");
      ready.open();
      done.pass();
      while (moved.counts().served == 0) std::this_thread::sleep_for(1ms);  // counted when it has been sent
      support::require(moved.counts().served == 1 && moved.counts().refused == 0, "counts");
    }
    support::require(support::resources::now() == before, "nothing is left");
    return 0;
  };
  auto holder = as(alice, keep);
  ready.pass();
  BOOST_TEST(as(alice, [] { return channel::open("x").retired() ? 1 : 0; }).wait() == 0);
  done.open();
  BOOST_TEST(holder.wait() == 0);
  BOOST_TEST(scratch.files() == 0U);
}

BOOST_AUTO_TEST_CASE(serving_ends_when_it_is_interrupted_before_or_meanwhile) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  keeper k(ch, keeping::in_serve);
  k.interrupt();
  k.serve();
  std::thread other([&] { k.interrupt(); });
  BOOST_CHECK_NO_THROW(k.serve());
  other.join();
}

BOOST_AUTO_TEST_CASE(it_can_be_destroyed_when_its_descriptors_were_closed_over_its_head) {
  support::scratch_registry const scratch;
  support::child closing([] {
    auto const ch = channel::create("x", {.capacity = 4096});
    keeper const k(ch);
    ::close_range(3, ~0U, 0);
    return 0;
  });
  BOOST_TEST(closing.wait() == 0);
}

BOOST_AUTO_TEST_CASE(another_user_is_let_in_as_the_mode_says) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  constexpr gid_t group = 61003;
  auto const ch = channel::create("x", {.capacity = 4096});
  auto pub = ch.publisher();
  pub.publish(support::bytes_of("hello"));
  let_in(ch, 0660, group);
  keeper const k(ch);
  body const publish = [] {
    auto const there = channel::open("x");
    return fails(errc::publisher_taken, [&] { there.publisher(); }, {"pid"}) + says_hello();
  };
  body const stay_out = [] { return fails(errc::unreachable, [] { channel::open("x"); }, {"another user"}); };
  BOOST_TEST(as(bob, publish, {group}).wait() == 0);
  BOOST_TEST(as(bob, stay_out).wait() == 0);
  BOOST_TEST(k.counts().refused == 0U);
  let_in(ch, 0666, group);
  BOOST_TEST(as(bob, publish).wait() == 0);
}

BOOST_AUTO_TEST_CASE(who_may_only_read_gets_what_can_only_be_read) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  auto pub = ch.publisher();
  pub.publish(support::bytes_of("hello"));
  let_in(ch, 0644);
  keeper const k(ch);
  found_socket const socket(scratch);
  body const look = [&] {
    support::require(observer::open("x").level().status == status::ok, "observer");
    auto const got = hear(socket.connect());
    support::require(got.answer.what == registry::verdict::read, "verdict");
    support::require(got.what.descriptors.size() == 2, "two descriptors");
    for (auto const& d : got.what.descriptors) {
      support::require((::fcntl(d.get(), F_GETFL) & O_ACCMODE) == O_RDONLY, "read only");
      support::require(::open(fmt::format("/proc/self/fd/{}", d.get()).c_str(), O_RDWR) < 0, "cannot be opened again");
    }
    return fails(errc::unreachable, [] { channel::open("x"); }, {"read and write"});
  };
  BOOST_TEST(as(bob, look).wait() == 0);
}

BOOST_AUTO_TEST_CASE(one_whom_the_mode_keeps_out_gets_nothing) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  keeper const k(ch);
  found_socket const socket(scratch);
  body const intrude = [&] {
    sys::descriptor const s(sys::unix_socket());
    return sys::connect_in(socket.directory.get(), socket.name, s.get()) == -1 && errno == EACCES ? 0 : 1;
  };
  BOOST_TEST(as(bob, intrude).wait() == 0);
  // And if the socket let it: the keeper does not.
  BOOST_REQUIRE(::chmod(scratch.file(socket.name).c_str(), 0666) == 0);
  body const ask = [&] {
    auto const got = hear(socket.connect());
    return got.answer.what == registry::verdict::refused && got.what.descriptors.empty() ? 0 : 1;
  };
  BOOST_TEST(as(bob, ask).wait() == 0);
  BOOST_TEST(k.counts().refused == 1U);
  BOOST_TEST(k.counts().served == 0U);
}

BOOST_AUTO_TEST_CASE(the_mode_means_what_it_means_for_files) {
  using registry::leave;
  auto const of = [](sys::credentials const& who, mode_t mode, uid_t owner = 1, gid_t group = 2) {
    struct stat st {};
    st.st_uid = owner;
    st.st_gid = group;
    st.st_mode = S_IFREG | mode;
    return registry::leave_of(who, st);
  };
  sys::credentials const owner{1, 9, 1, {}};
  sys::credentials const member{5, 2, 1, {}};
  sys::credentials const by_supplement{5, 9, 1, {7, 2}};
  sys::credentials const other{5, 9, 1, {7}};
  BOOST_CHECK(of(owner, 0600) == leave::read_write);
  BOOST_CHECK(of(owner, 0066) == leave::none);  // the owner's bits alone count for the owner
  BOOST_CHECK(of(member, 0600) == leave::none);
  BOOST_CHECK(of(member, 0660) == leave::read_write);
  BOOST_CHECK(of(member, 0606) == leave::none);
  BOOST_CHECK(of(by_supplement, 0640) == leave::read);
  BOOST_CHECK(of(other, 0660) == leave::none);
  BOOST_CHECK(of(other, 0664) == leave::read);
  BOOST_CHECK(of(other, 0666) == leave::read_write);
  BOOST_CHECK(of(other, 0662) == leave::none);  // writing without reading is nothing
  BOOST_CHECK(of({0, 0, 1, {}}, 0000) == leave::read_write);
  // All users without a number here are one number: none of them is the owner.
  constexpr uid_t unmapped = sys::nobody_here;
  BOOST_CHECK(of({unmapped, unmapped, 0, {unmapped}}, 0660, unmapped, unmapped) == leave::none);
}

BOOST_AUTO_TEST_CASE(a_killed_keeper_is_told_as_such_and_swept) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  kept_by_another scene;
  BOOST_TEST(as(alice, says_hello).wait() == 0);
  scene.keeper_process().kill();
  body const fail = [] {
    return fails(errc::unreachable, [] { channel::open("x"); }, {"nobody listens", "quoit::keeper"});
  };
  BOOST_TEST(as(alice, fail).wait() == 0);
  BOOST_TEST(scratch.files() == 2U);
  body const sweep = [] { return channel::list().size() == 1 ? 0 : 1; };
  BOOST_TEST(as(bob, sweep).wait() == 0);
  BOOST_TEST(scratch.files() == 2U);  // it is not bob's
  channel::list();
  BOOST_TEST(scratch.files() == 2U);  // nor root's
  BOOST_TEST(as(alice, sweep).wait() == 0);
  BOOST_TEST(scratch.files() == 1U);
  body const no_keeper = [] { return fails(errc::unreachable, [] { channel::open("x"); }, {"there is no keeper"}); };
  BOOST_TEST(as(alice, no_keeper).wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_stopped_keeper_is_not_waited_for_for_ever_nor_in_the_way_of_another) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  kept_by_another scene;
  support::gate opened;
  support::gate ready;
  support::gate go;
  auto const second = as(alice, [&] {
    auto const ch = channel::open("x");
    ::prctl(PR_SET_DUMPABLE, 0);
    opened.open();
    go.pass();
    keeper const k(ch);
    ready.open();
    ::pause();
    return 0;
  });
  opened.pass();
  scene.keeper_process().stop();
  body const fail = [] {
    auto const before = support::resources::now();
    int const result =
        fails(errc::unreachable, [] { channel::open("x"); }, {"no answer within 2 seconds", "stopped?"}) +
        fails(errc::unreachable, [] { channel::open("x", wait_for{1ms}); }, {"stopped?"});
    return support::resources::now() == before ? result : 2;
  };
  BOOST_TEST(as(alice, fail).wait() == 0);
  go.open();
  ready.pass();
  BOOST_TEST(as(alice, says_hello).wait() == 0);
  scene.keeper_process().go_on();
  BOOST_TEST(as(alice, says_hello).wait() == 0);
}

BOOST_AUTO_TEST_CASE(of_one_user_few_may_leave_their_answers_lying_about) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  auto pub = ch.publisher();
  pub.publish(support::bytes_of("hello"));
  let_in(ch, 0666);
  keeper const k(ch);
  found_socket const socket(scratch);
  constexpr int many = 1000;
  rlimit const room{4096, 4096};
  BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &room) == 0);
  support::gate asked;
  support::gate go_on;
  body const silent = [&] {
    std::vector<sys::descriptor> all;
    for (int i = 0; i < many; ++i) all.push_back(socket.connect());
    pollfd last{all.back().get(), POLLIN, 0};
    support::require(::poll(&last, 1, 60'000) == 1, "an answer to the last one");
    asked.open();
    go_on.pass();
    int given = 0;
    for (auto const& s : all) given += hear(s).what.descriptors.size() == 2;
    return given == 8 ? 0 : 1;
  };
  auto hostile = as(bob, silent);
  asked.pass();
  BOOST_TEST(as(alice, says_hello).wait() == 0);
  body const busy = [] { return fails(errc::unreachable, [] { channel::open("x"); }, {"too many ask it"}); };
  BOOST_TEST(as(bob, busy).wait() == 0);
  go_on.open();
  BOOST_TEST(hostile.wait() == 0);
  BOOST_TEST(as(bob, says_hello).wait() == 0);
}

BOOST_AUTO_TEST_CASE(those_who_leave_talk_or_keep_out_of_reach_do_a_keeper_no_harm) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  support::gate ready;
  auto const holder = as(alice, hidden_keeper(ready));
  ready.pass();
  found_socket const socket(scratch);
  body const hostile = [&] {
    std::array<char, 100'000> const talk{};
    for (int i = 0; i < 300; ++i) {
      auto const s = socket.connect();
      if (i % 3 == 1) static_cast<void>(::send(s.get(), talk.data(), talk.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
      if (i % 3 == 2) ::shutdown(s.get(), SHUT_RD);
    }
    return says_hello();
  };
  BOOST_TEST(as(alice, hostile).wait() == 0);
}

namespace {

enum class lie {
  silence,
  nothing,
  garbage,
  wrong,
  swapped,
  one,
  too_many,
  far_too_many,
  truncated,
  only_to_read,
  o_path
};

/// What a keeper of the channel's own user may do who means ill, to one who asks.
void tell(sys::descriptor const& s, lie what, handles const& h) {
  registry::keeper_answer a{registry::answer_magic, registry::verdict::read_write, 0};
  int const other = ::memfd_create("other", MFD_CLOEXEC);
  support::require(::ftruncate(other, 100) == 0, "truncate");
  int const again =
      ::open(fmt::format("/proc/self/fd/{}", h.header).c_str(), (what == lie::o_path ? O_PATH : O_RDONLY) | O_CLOEXEC);
  std::vector<int> fds{h.header, h.data};
  switch (what) {
    case lie::silence: ::pause(); break;
    case lie::nothing: fds.clear(); break;
    case lie::garbage: a.magic = 1; break;
    case lie::wrong: fds = {0, 1}; break;
    case lie::swapped: fds = {h.data, h.header}; break;
    case lie::one: fds = {h.header}; break;
    case lie::too_many: fds.resize(4, other); break;
    case lie::far_too_many: fds.resize(200, other); break;
    case lie::truncated: fds[1] = other; break;
    case lie::only_to_read:
    case lie::o_path: fds[0] = again; break;
  }
  iovec part{&a, sizeof a};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(200 * sizeof(int))> control{};
  msghdr m{};
  m.msg_iov = &part;
  m.msg_iovlen = 1;
  if (!fds.empty()) {
    m.msg_control = control.data();
    m.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
    auto* const c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(c), fds.data(), fds.size() * sizeof(int));
  }
  support::require(::sendmsg(s.get(), &m, MSG_NOSIGNAL) == sizeof a, "sendmsg");
  ::close(other);
  ::close(again);
}

/// A socket as a keeper's, of whoever calls this.
sys::descriptor plant(support::scratch_registry const& scratch, std::string const& uuid, std::string const& number) {
  sys::descriptor const directory(::open(scratch.path().c_str(), O_PATH | O_CLOEXEC));
  sys::descriptor s(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  auto const name = fmt::format(".{}.keeper-{}", uuid, number);
  support::require(sys::bind_in(directory.get(), name, s.get()) == 0, "bind");
  support::require(::chmod(scratch.file(name).c_str(), 0666) == 0, "chmod");
  support::require(::listen(s.get(), 10) == 0, "listen");
  return s;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_hostile_keeper_is_not_believed) {
  if (support::cannot_become_others()) return;
  for (auto const what : {lie::silence, lie::nothing, lie::garbage, lie::wrong, lie::swapped, lie::one, lie::too_many,
                          lie::far_too_many, lie::truncated, lie::only_to_read, lie::o_path}) {
    common_registry const scratch;
    support::gate ready;
    auto const liar = as(alice, [&] {
      auto const ch = create_hidden();
      auto const listener = plant(scratch, ch.info().uuid, "0");
      ready.open();
      for (;;) {
        sys::descriptor const s(::accept(listener.get(), nullptr, nullptr));
        tell(s, what, ch.native_handles());
      }
      return 0;
    });
    ready.pass();
    auto const word = what == lie::silence                                ? "is it (pid"
                      : what == lie::garbage || what == lie::far_too_many ? "not an answer"
                                                                          : "not the channel's memory";
    body const open = [&] {
      auto const before = support::resources::now();
      int result = fails(errc::unreachable, [] { channel::open("x"); }, {word});
      if (what == lie::o_path) result += fails(errc::unreachable, [] { observer::open("x"); }, {word});
      return support::resources::now() == before ? result : 2;
    };
    BOOST_TEST_CONTEXT("lie " << static_cast<int>(what)) { BOOST_TEST(as(alice, open).wait() == 0); }
  }
}

BOOST_AUTO_TEST_CASE(a_socket_that_another_user_planted_is_not_asked) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  support::shared_cell<std::array<char, 64>> uuid;
  support::gate made;
  support::gate planted;
  auto const holder = as(alice, [&] {
    auto const ch = create_hidden();
    std::snprintf(uuid->data(), uuid->size(), "%s", ch.info().uuid.c_str());
    made.open();
    ::pause();
    return 0;
  });
  made.pass();
  auto planter = as(bob, [&] {
    sys::descriptor const directory(::open(scratch.path().c_str(), O_PATH | O_CLOEXEC));
    sys::descriptor const s(sys::unix_socket());
    auto const name = fmt::format(".{}.keeper-0", uuid->data());
    support::require(sys::bind_in(directory.get(), name, s.get()) == 0, "bind");
    support::require(::chmod(scratch.file(name).c_str(), 0666) == 0, "chmod");
    support::require(::listen(s.get(), 10) == 0, "listen");
    planted.open();
    pollfd p{s.get(), POLLIN, 0};
    return ::poll(&p, 1, 60'000) == 1 ? 0 : 1;  // the first to come is the one who knows that bob listens
  });
  planted.pass();
  body const open = [] {
    return fails(errc::unreachable, [] { channel::open("x"); }, {"there is no keeper", "put there by user 61002"});
  };
  BOOST_TEST(as(alice, open).wait() == 0);
  BOOST_TEST(!planter.has_ended());
}

BOOST_AUTO_TEST_CASE(what_killed_keepers_and_strangers_have_left_does_not_crowd_out_a_living_one) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  support::shared_cell<std::array<char, 64>> uuid;
  constexpr int killed = 40;
  constexpr int strangers = 600;
  auto const leave = [&](int first, int count) {
    for (int i = first; i < first + count; ++i) {
      static_cast<void>(plant(scratch, uuid->data(), fmt::format("{:016x}", i)));
    }
  };
  support::gate ready;
  auto const holder = as(alice, [&] {
    auto const ch = create_hidden();
    std::snprintf(uuid->data(), uuid->size(), "%s", ch.info().uuid.c_str());
    auto pub = ch.publisher();
    pub.publish(support::bytes_of("hello"));
    keeper const k(ch);
    leave(0, killed);
    ready.open();
    ::pause();
    return 0;
  });
  ready.pass();
  body const leave_as_well = [&] {
    leave(killed, strangers);
    return 0;
  };
  BOOST_REQUIRE(as(bob, leave_as_well).wait() == 0);
  BOOST_TEST(as(alice, says_hello).wait() == 0);
  body const keep_too = [&] {
    auto const ch = channel::open("x");
    keeper const k(ch);
    return scratch.files() == 1 + 2 + strangers ? 0 : 1;
  };
  BOOST_TEST(as(alice, keep_too).wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_fork_child_neither_keeps_the_socket_nor_takes_it_away) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  support::gate forked;
  support::gate go_on;
  support::gate used;
  auto holder = as(alice, [&] {
    auto const ch = create_hidden();
    auto pub = ch.publisher();
    pub.publish(support::bytes_of("hello"));
    auto* const k = new keeper(ch);
    if (::fork() == 0) {
      int const wrong = fails(errc::forked, [&] { k->serve(); }, {"fork child"}) + (k->path().empty() ? 1 : 0);
      k->interrupt();
      delete k;
      used.open();
      if (wrong == 0) forked.open();
      go_on.pass();  // outlives the parent
      ::_exit(0);
    }
    ::pause();
    return 0;
  });
  used.pass();
  forked.pass();
  BOOST_TEST(as(alice, says_hello).wait() == 0);
  found_socket const socket(scratch);
  holder.kill();
  sys::descriptor const s(sys::unix_socket());
  BOOST_TEST(sys::connect_in(socket.directory.get(), socket.name, s.get()) == -1);
  BOOST_TEST(errno == ECONNREFUSED);
  go_on.open();
}

BOOST_AUTO_TEST_CASE(channels_that_no_keeper_can_hand_over_are_refused) {
  support::scratch_registry const scratch;
  auto const before = support::resources::now();
  {
    auto const anonymous = channel::create_anonymous({.capacity = 4096});
    support::expect_error(
        errc::mismatch, [&] { keeper k(anonymous); }, "a channel with a name");
    auto const segments = channel::create("s", {.capacity = 4096, .backing = backing::sysv});
    support::expect_error(
        errc::mismatch, [&] { keeper k(segments); }, "sysv");
    auto const old = channel::create("x", {.capacity = 4096});
    auto const fresh = channel::create("x", replace, {.capacity = 4096});
    support::expect_error(
        errc::detached, [&] { keeper k(old); }, "replaced", "'x'");
    channel::remove("x");
    support::expect_error(
        errc::detached, [&] { keeper k(fresh); }, "removed");
    support::expect_error(errc::detached, [&] { keeper k{channel()}; });
  }
  BOOST_TEST(support::resources::now() == before);
  BOOST_TEST(scratch.files() == 0U);
}

BOOST_AUTO_TEST_CASE(one_who_would_not_be_believed_is_refused) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  let_in(ch, 0666);
  keeper const k(ch);
  body const keep = [] {
    auto const there = channel::open("x");
    return fails(errc::untrusted, [&] { keeper own(there); }, {"user 61002", "user 0 or 0"});
  };
  BOOST_TEST(as(bob, keep).wait() == 0);
}

BOOST_AUTO_TEST_CASE(what_a_keeper_left_before_it_listened_is_swept) {
  support::scratch_registry const scratch;
  auto const ch = channel::create("x", {.capacity = 4096});
  static_cast<void>(plant(scratch, ch.info().uuid, "0123456789abcdef.new"));
  keeper const k(ch);
  BOOST_TEST(scratch.files() == 3U);
  BOOST_TEST(channel::list().size() == 1U);
  BOOST_TEST(scratch.files() == 2U);
  BOOST_TEST(std::filesystem::exists(k.path()));
}

namespace {

/// What a member of the directory's group does while a keeper makes its socket.
struct swap {
  std::filesystem::path directory;
  std::filesystem::path victim;
  bool by_symlink;
  int calls_left;  ///< Until it is done; from the call on that gives the socket its name.
  bool is_bound = false;
  bool is_done = false;
};
swap planned;

int swap_socket(sys::call c) noexcept {
  if (c == sys::call::bind_) planned.is_bound = true;
  if (!planned.is_bound || planned.is_done || planned.calls_left-- > 0) return 0;
  for (auto const& e : std::filesystem::directory_iterator(planned.directory)) {
    if (e.path().extension() != ".new") continue;
    auto const here = e.path();
    std::filesystem::remove(here);
    planned.by_symlink ? std::filesystem::create_symlink(planned.victim, here)
                       : std::filesystem::create_hard_link(planned.victim, here);
    planned.is_done = true;
    return 0;
  }
  return 0;
}

mode_t mode_of(std::string const& path) {
  struct stat st {};
  support::require(::lstat(path.c_str(), &st) == 0, "lstat " + path);
  return st.st_mode;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_put_in_the_place_of_a_socket_that_is_being_made_keeps_its_mode) {
  common_registry const files;
  auto const victim = files.file("private");
  for (bool const by_symlink : {true, false}) {
    std::filesystem::remove(victim);
    sys::descriptor const directory(::open(files.path().c_str(), O_PATH | O_CLOEXEC));
    sys::descriptor const other(sys::unix_socket());
    BOOST_REQUIRE(sys::bind_in(directory.get(), "private", other.get()) == 0);
    BOOST_REQUIRE(::chmod(victim.c_str(), 0600) == 0);
    support::scratch_registry const scratch;
    auto const ch = channel::create("x", {.capacity = 4096, .mode = 0660});
    int swapped = 0;
    for (int calls = 1;; ++calls) {
      planned = {scratch.path(), victim, by_symlink, calls};
      sys::set_call_hook(swap_socket);
      keeper const k(ch, keeping::in_serve);
      sys::set_call_hook(nullptr);
      if (!planned.is_done) break;
      ++swapped;
      BOOST_TEST_CONTEXT("after " << calls << " calls") {
        BOOST_TEST((mode_of(victim) & 0777U) == 0600U);
        BOOST_TEST(mode_of(k.path()) == (S_IFSOCK | 0666U));
        BOOST_TEST(scratch.files() == 2U);
      }
    }
    BOOST_TEST(swapped > 3);
  }
}

BOOST_AUTO_TEST_CASE(a_long_path_is_no_obstacle) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  auto const deep = scratch.file(std::string(200, 'd'));
  BOOST_REQUIRE(::mkdir(deep.c_str(), 0777) == 0);
  BOOST_REQUIRE(::chmod(deep.c_str(), 01777) == 0);
  support::scratch_registry::use(deep);
  support::gate ready;
  auto const holder = as(alice, hidden_keeper(ready));
  ready.pass();
  BOOST_TEST(as(alice, says_hello).wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_channel_in_a_file_that_cannot_be_seen_is_handed_over_too) {
  if (support::cannot_become_others()) return;
  common_registry const scratch;
  support::common_registry const files;
  support::scratch_registry::use(scratch.path());
  support::gate ready;
  auto const holder = as(alice, [&] {
    auto const ch = channel::create("x", {.capacity = 4096, .path = files.file("ring")});
    auto pub = ch.publisher();
    pub.publish(support::bytes_of("hello"));
    keeper const k(ch);
    std::filesystem::rename(files.file("ring"), files.file("elsewhere"));
    ready.open();
    ::pause();
    return 0;
  });
  ready.pass();
  BOOST_TEST(as(alice, says_hello).wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
