// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <quoit/quoit.hpp>

struct pose {
  double x = 0;
  double y = 0;
  double heading = 0;
};

int main() try {
  auto const channel = quoit::channel::open_or_create("robot/pose", quoit::for_type<pose>());
  quoit::typed_subscriber<pose> subscriber(channel);
  quoit::typed_publisher<pose> publisher(channel);

  publisher.publish({1, 2, 0.5});         // copies a value
  if (auto room = publisher.reserve()) {  // or makes it in the ring itself
    room->x = 3;
    room->heading = 1;
    room.commit();
  }

  if (auto const message = subscriber.receive()) std::cout << message->x << ' ' << message->y << '\n';
  subscriber.poll([](pose const& p, quoit::message const& message) {
    std::cout << p.x << ' ' << p.y << ", message " << message.sequence() << '\n';
  });
  publisher.untyped().close();
  std::cout << quoit::to_string(subscriber.receive().status()) << '\n';
} catch (quoit::error const& e) {
  std::cerr << "pose: " << e.what() << '\n';
  return 1;
}
