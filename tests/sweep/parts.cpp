// SPDX-License-Identifier: BSL-1.0
#include "parts.hpp"

#include <cstring>
#include <thread>

namespace sweep {

namespace {

using quoit::status;

std::uint64_t number_of(head h) { return std::uint64_t{h.who} << 32U | h.nth; }

void fill(std::span<std::byte> bytes, head h) {
  std::memcpy(bytes.data(), &h, sizeof h);
  support::fill(bytes.subspan(sizeof h), number_of(h));
}

/// A place may be another one's, for a while.
quoit::publisher join(quoit::channel const& ch, std::string const& label) {
  for (;;) {
    try {
      return ch.publisher({.label = label});
    } catch (quoit::error const& e) {
      support::require(e.code() == quoit::errc::publisher_taken, e.what());
      std::this_thread::sleep_for(1ms);
    }
  }
}

std::uint64_t size_of(std::uint64_t number) { return sizeof(head) + support::mix(number) % 400; }

}  // namespace

head head_of(std::span<std::byte const> bytes) {
  head h{};
  support::require(bytes.size() >= sizeof h, "a head");
  std::memcpy(&h, bytes.data(), sizeof h);
  return h;
}

bool is_whole(std::span<std::byte const> bytes) {
  if (bytes.size() < sizeof(head)) return false;
  return support::verify(bytes.subspan(sizeof(head)), number_of(head_of(bytes)));
}

source::source(quoit::channel const& ch, ledger& l, std::uint32_t who, std::string const& label)
    : ledger_(&l), who_(who), pub_(join(ch, label)) {
  ++l.lives;
}

quoit::reservation source::room(std::uint64_t size) {
  if (victims.empty()) return pub_.reserve(size, long_enough, quoit::waiting::sleep);
  for (;;) {
    auto r = pub_.try_reserve(size);
    if (r || r.status() != status::full) return r;
    evict(victims);
    std::this_thread::sleep_for(100us);
  }
}

void source::evict(std::string const& label) {
  for (auto const& s : pub_.subscribers()) {
    if (s.label == label) pub_.evict(s);
  }
}

void source::message() {
  head const h{who_, static_cast<std::uint32_t>(ledger_->begun[who_] + 1)};
  auto const size = size_of(h.nth);
  auto r = room(size + 40);  // part of it goes back
  support::require(r.status() == status::ok, std::string("room: ") + to_string(r.status()));
  fill(r.bytes().first(size), h);
  ledger_->begun[who_] = h.nth;
  support::require(static_cast<bool>(r.commit(size)), "commit");
  ledger_->committed[who_] = h.nth;
}

void source::discarded() {
  ++ledger_->abandoned;
  auto r = room(100);
  support::require(r.status() == status::ok, std::string("room to discard: ") + to_string(r.status()));
  std::memset(r.bytes().data(), 0xAB, r.bytes().size());
}

void source::offered() {
  head const h{who_, static_cast<std::uint32_t>(ledger_->begun[who_] + 1)};
  std::byte bytes[64];
  fill(bytes, h);
  auto const before = ledger_->begun[who_].load();
  ledger_->begun[who_] = h.nth;
  if (pub_.offer(bytes).status == status::ok) {
    ledger_->committed[who_] = h.nth;
  } else {
    ledger_->begun[who_] = before;
  }
}

void source::many(std::uint64_t count) {
  auto batch = pub_.reserve_batch(count, count * 64, long_enough, quoit::waiting::sleep);
  support::require(batch.status() == status::ok, std::string("a batch: ") + to_string(batch.status()));
  auto nth = ledger_->begun[who_].load();
  for (std::uint64_t i = 0; i < count; ++i) {
    auto const r = batch.append(sizeof(head) + i * 8);
    support::require(static_cast<bool>(r), "room in a batch");
    fill(r.bytes, {who_, static_cast<std::uint32_t>(++nth)});
  }
  ledger_->begun[who_] = nth;
  support::require(static_cast<bool>(batch.commit()), "commit of a batch");
  ledger_->committed[who_] = nth;
}

void source::half_a_batch(std::uint64_t count) {
  ++ledger_->abandoned;
  auto batch = pub_.reserve_batch(count, count * 64, long_enough, quoit::waiting::sleep);
  support::require(batch.status() == status::ok, std::string("half a batch: ") + to_string(batch.status()));
  for (std::uint64_t i = 0; i < count / 2; ++i) std::memset(batch.append(64).bytes.data(), 0xCD, 64);
}

void witness_messages(quoit::channel const& ch, ledger& l) {
  auto sub = ch.subscriber({.label = "witness"});
  l.ready = true;
  std::uint64_t last = 0;
  std::uint32_t index = 0;
  for (;;) {
    auto const m = sub.receive(quoit::forever, quoit::waiting::sleep);
    if (m.status() == status::closed || m.status() == status::died) {
      ++l.ends;
      l.deaths += m.status() == status::died;
      continue;
    }
    if (m.status() == status::retired) return;
    support::require(m.status() == status::ok, std::string("witness: ") + to_string(m.status()));
    support::require(m.sequence() == last ? m.index() == index + 1 : m.sequence() > last && m.index() == 0, "in order");
    if (m.sequence() > last) l.missing += m.sequence() - last - 1;
    last = m.sequence();
    index = m.index();
    support::require(is_whole(m.bytes()), "whole");
    auto const h = head_of(m.bytes());
    support::require(h.who < ledger::sources, "of a source");
    support::require(h.nth <= l.begun[h.who], "nothing that was not committed");
    support::require(h.nth == l.got[h.who] + 1,
                     "once, and all: " + std::to_string(h.nth) + " after " + std::to_string(l.got[h.who]));
    l.got[h.who] = h.nth;
    ++l.seen;
  }
}

part publish_on(std::uint32_t who, std::string const& victims, std::uint64_t life) {
  return [who, victims, life](quoit::channel const& ch, ledger& l) {
    while (!l.stop) {
      source s(ch, l, who, "other");
      s.victims = victims;
      for (std::uint64_t i = 0; i < life && !l.stop; ++i) {
        if (i % 8 == 5 && victims.empty()) {
          s.many(3);
        } else if (i % 8 == 2) {
          s.discarded();
        } else {
          s.message();
        }
      }
    }
  };
}

}  // namespace sweep
