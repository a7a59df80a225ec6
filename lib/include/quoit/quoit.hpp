// SPDX-License-Identifier: BSL-1.0
#pragma once

/// \file
/// Everything: include this one.
///
/// ```cpp
/// auto ch = quoit::channel::open_or_create("camera/front", {.capacity = 64_MiB});
///
/// auto pub = ch.publisher();                         // one process
/// if (auto room = pub.reserve(frame_bytes)) {        // in the ring itself
///   camera.read_into(room.bytes());
///   room.commit();
/// }
///
/// auto sub = ch.subscriber({.start = quoit::oldest}); // any number of others
/// while (auto m = sub.receive()) show(m.bytes());     // in the ring itself; until the publisher closes or dies
/// ```

#include "quoit/byte_ring.hpp"
#include "quoit/channel.hpp"
#include "quoit/error.hpp"
#include "quoit/info.hpp"
#include "quoit/keeper.hpp"
#include "quoit/message.hpp"
#include "quoit/mirror.hpp"
#include "quoit/observer.hpp"
#include "quoit/options.hpp"
#include "quoit/plain.hpp"
#include "quoit/publisher.hpp"
#include "quoit/status.hpp"
#include "quoit/stream_reader.hpp"
#include "quoit/stream_writer.hpp"
#include "quoit/subscriber.hpp"
#include "quoit/transfer.hpp"
#include "quoit/typed.hpp"
#include "quoit/units.hpp"
#include "quoit/version.hpp"
#include "quoit/wait_set.hpp"
