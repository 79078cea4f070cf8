// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "worker",
    dependencies: [.package(name: "burette", path: "../..")],
    targets: [
        .executableTarget(name: "worker", dependencies: [.product(name: "BuretteWorker", package: "burette")])
    ],
    swiftLanguageModes: [.v6]
)
