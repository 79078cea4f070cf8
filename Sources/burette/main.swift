print("burette")
